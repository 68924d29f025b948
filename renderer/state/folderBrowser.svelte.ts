// Walks through the folders of the engine's machine, for the browser, which has no dialog that could.
import type { FolderListing } from '../../engine/contract/app.ts';
import type { EngineError } from '../../engine/contract/errors.ts';
import type { EngineClient } from '../bridge/engineClient.svelte.ts';

export class FolderBrowser {
  listing = $state.raw<FolderListing | null>(null);
  error = $state.raw<EngineError | null>(null);
  readonly #client: EngineClient;
  /** The newest question: answers to older ones come too late. */
  #asked = 0;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Goes to a folder, the home folder without one. Where that cannot be read, stays, and says why. */
  async goTo(path?: string): Promise<void> {
    const asked = ++this.#asked;
    try {
      const listing = await this.#client.request('folder.list', path === undefined ? {} : { path });
      if (asked !== this.#asked) return;
      this.listing = listing;
      this.error = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = error as EngineError;
      if (this.listing === null && path !== undefined) await this.goTo();
    }
  }
}
