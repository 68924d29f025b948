// Images by their numbers, wherever they are in the list: for pairs that look alike and for the inspector.
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { ImageRow } from '../../../engine/contract/images.ts';
import { isCancelled, type DatasetPlace } from '../../state/requester.ts';

const pageSize = 500;

export class ImageRows {
  readonly place: DatasetPlace;
  error = $state.raw<EngineError | null>(null);
  #rows = $state.raw<ReadonlyMap<number, ImageRow>>(new Map());
  #splitId: number | null = null;
  #asked = new Set<number>();
  #stop = new AbortController();

  constructor(place: DatasetPlace) {
    this.place = place;
  }

  /** Whose parts the rows tell; what was read for another split is forgotten. */
  showSplit(splitId: number | null): void {
    if (splitId === this.#splitId) return;
    this.#splitId = splitId;
    this.close();
    this.#stop = new AbortController();
    this.#asked = new Set();
    this.#rows = new Map();
  }

  find(id: number): ImageRow | undefined {
    return this.#rows.get(id);
  }

  /** Reads those that are not known yet. */
  async read(ids: readonly number[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#asked.has(id));
    for (const id of missing) this.#asked.add(id);
    for (let start = 0; start < missing.length; start += pageSize) {
      await this.#readPage(missing.slice(start, start + pageSize));
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #readPage(ids: number[]): Promise<void> {
    const { client, project, dataset } = this.place;
    const { signal } = this.#stop;
    const split = this.#splitId === null ? {} : { split: this.#splitId };
    try {
      const asked = { project, dataset, ...split, ids, limit: pageSize };
      const { images } = await client.request('image.list', asked, { signal });
      if (signal.aborted) return;
      const rows = new Map(this.#rows);
      for (const image of images) rows.set(image.id, image);
      this.#rows = rows;
      this.error = null;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      for (const id of ids) this.#asked.delete(id);
      this.error = error as EngineError;
    }
  }
}
