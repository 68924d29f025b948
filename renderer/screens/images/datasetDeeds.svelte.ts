// What can be done to a dataset as a whole: another name, another place of its files, out of the project.
import type { RequestResults } from '../../../engine/contract/contract.ts';
import type { ScanProgress } from '../../../engine/contract/dataset.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import { isCancelled, type DatasetPlace } from '../../state/requester.ts';

export type Relinked = RequestResults['dataset.relink'];

export class DatasetDeeds {
  readonly place: DatasetPlace;
  isBusy = $state.raw(false);
  error = $state.raw<EngineError | null>(null);
  relinked = $state.raw<Relinked | null>(null);
  progress = $state.raw<ScanProgress | null>(null);
  #stop = new AbortController();

  constructor(place: DatasetPlace) {
    this.place = place;
  }

  /** Forgets what the last deed came to, before another one. */
  begin(): void {
    this.error = null;
    this.relinked = null;
    this.progress = null;
  }

  rename(name: string): Promise<boolean> {
    const { client, project, dataset } = this.place;
    return this.#do(() => client.request('dataset.rename', { project, dataset, name: name.trim() }));
  }

  /** Takes it out of the project; its files stay where they are. */
  remove(): Promise<boolean> {
    const { client, project, dataset } = this.place;
    return this.#do(() => client.request('dataset.remove', { project, dataset }));
  }

  /** Looks for the images in another folder, by what they hold. */
  relink(folder: string): Promise<boolean> {
    const { client, project, dataset } = this.place;
    this.#stop = new AbortController();
    return this.#do(async () => {
      this.relinked = await client.request(
        'dataset.relink',
        { project, dataset, folder },
        {
          signal: this.#stop.signal,
          onEvent: (event, progress) => {
            if (event === 'import.progress') this.progress = progress as ScanProgress;
          },
        },
      );
    });
  }

  cancel(): void {
    this.#stop.abort();
  }

  async #do(deed: () => Promise<unknown>): Promise<boolean> {
    this.begin();
    this.isBusy = true;
    try {
      await deed();
      return true;
    } catch (error) {
      if (!isCancelled(error)) this.error = error as EngineError;
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
