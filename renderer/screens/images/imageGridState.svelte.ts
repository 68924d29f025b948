// The images that match the filters, read by pages as they come into sight.
import type { SplitName } from '../../../engine/contract/dataset.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { ImageRow } from '../../../engine/contract/images.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import { isCancelled, type DatasetPlace } from '../../state/requester.ts';

export const pageSize = 200;
const searchDelayMs = 200;

export interface ImageFilters {
  /** Classes to show; null stands for images without a class. Empty shows all. */
  readonly classes: readonly (string | null)[];
  readonly parts: readonly SplitName[];
  readonly search: string;
  readonly noted: boolean;
}
export const noFilters: ImageFilters = { classes: [], parts: [], search: '', noted: false };

export class ImageGridState {
  readonly place: DatasetPlace;
  filters = $state.raw<ImageFilters>(noFilters);
  /** Null until the first page came. */
  total = $state.raw<number | null>(null);
  error = $state.raw<EngineError | null>(null);
  readonly isFiltered = $derived(
    this.filters.classes.length > 0 ||
      this.filters.parts.length > 0 ||
      this.filters.search !== '' ||
      this.filters.noted,
  );
  #pages = $state.raw<ReadonlyMap<number, readonly ImageRow[]>>(new Map());
  #splitId: number | null = null;
  #asked = new Set<number>();
  /** The places that are in sight. */
  #sight = { start: 0, end: 0 };
  #stop = new AbortController();
  #searchTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(place: DatasetPlace) {
    this.place = place;
  }

  /** Whose parts the rows tell; reads anew where it is another one. */
  showSplit(splitId: number | null): void {
    if (splitId === this.#splitId && this.total !== null) return;
    this.#splitId = splitId;
    this.reload();
  }

  filter(change: Partial<ImageFilters>): void {
    this.filters = { ...this.filters, ...change };
    clearTimeout(this.#searchTimer);
    // Typing waits for a pause; everything else is done at once.
    if (change.search === undefined || change.search === '') this.reload();
    else this.#searchTimer = setTimeout(() => this.reload(), searchDelayMs);
  }

  toggleClass(name: string | null): void {
    const { classes } = this.filters;
    const isShown = classes.includes(name);
    this.filter({ classes: isShown ? classes.filter((other) => other !== name) : [...classes, name] });
  }

  /** The image at a place of the list; undefined where its page has not come yet. */
  rowAt(index: number): ImageRow | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Asks for the pages that hold these places; the end is not included. */
  show(start: number, end: number): void {
    this.#sight = { start, end };
    const last = Math.min(end, this.total ?? end) - 1;
    for (let page = Math.floor(Math.max(0, start) / pageSize); page <= Math.floor(last / pageSize); page++) {
      if (!this.#asked.has(page)) void this.#read(page);
    }
  }

  /** Forgets all pages and reads the first; what is shown stays until it comes. */
  reload(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#asked = new Set();
    void this.#read(0, true);
  }

  close(): void {
    clearTimeout(this.#searchTimer);
    this.#stop.abort();
  }

  #payload(page: number): RequestPayload<'image.list'> {
    const { classes, parts, search, noted } = this.filters;
    const { project, dataset } = this.place;
    return {
      project,
      dataset,
      ...(this.#splitId === null ? {} : { split: this.#splitId }),
      ...(classes.length > 0 ? { classes: [...classes] } : {}),
      ...(parts.length > 0 && this.#splitId !== null ? { parts: [...parts] } : {}),
      ...(search.trim() === '' ? {} : { search: search.trim() }),
      ...(noted ? { noted: true } : {}),
      offset: page * pageSize,
      limit: pageSize,
    };
  }

  async #read(page: number, isFirst = false): Promise<void> {
    const { signal } = this.#stop;
    this.#asked.add(page);
    try {
      const { total, images } = await this.place.client.request('image.list', this.#payload(page), {
        signal,
      });
      if (signal.aborted) return;
      this.#pages = isFirst ? new Map([[page, images]]) : new Map(this.#pages).set(page, images);
      this.total = total;
      this.error = null;
      // Whoever has scrolled further down sees places whose pages were forgotten.
      if (isFirst) this.show(this.#sight.start, this.#sight.end);
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.#asked.delete(page);
      this.error = error as EngineError;
    }
  }
}
