// One dataset as the screen shows it: what is in it, the split that is looked at, its leaks and its look-alikes.
// Leaks and look-alikes come later than the rest: finding them compares every image with every other.
import type { DatasetDetails, NamedLeak, SplitInfo } from '../../../engine/contract/answers.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { DuplicateSummary } from '../../../engine/contract/images.ts';
import { isCancelled, type DatasetPlace } from '../../state/requester.ts';

export class DatasetState {
  readonly place: DatasetPlace;
  /** Null until it was read. */
  details = $state.raw<DatasetDetails | null>(null);
  error = $state.raw<EngineError | null>(null);
  /** The split that was chosen; the newest where none was. */
  #chosenSplitId = $state<number | null>(null);
  readonly split: SplitInfo | null = $derived.by(() => {
    const splits = this.details?.splits ?? [];
    return splits.find(({ id }) => id === this.#chosenSplitId) ?? splits.at(-1) ?? null;
  });
  #leaks = $state.raw<{ readonly splitId: number; readonly list: readonly NamedLeak[] } | null>(null);
  leaksError = $state.raw<EngineError | null>(null);
  /** Null while they are looked for. */
  readonly leaks: readonly NamedLeak[] | null = $derived(
    this.split !== null && this.#leaks?.splitId === this.split.id ? this.#leaks.list : null,
  );
  duplicates = $state.raw<DuplicateSummary | null>(null);
  duplicatesError = $state.raw<EngineError | null>(null);
  readonly #stop = new AbortController();
  #isLookingForDuplicates = false;

  constructor(place: DatasetPlace) {
    this.place = place;
  }

  /** Reads it, or reads it again; then looks for the leaks of its split. */
  async load(): Promise<void> {
    const { client, project, dataset } = this.place;
    try {
      this.details = await client.request(
        'dataset.show',
        { project, dataset },
        { signal: this.#stop.signal },
      );
      this.error = null;
    } catch (error) {
      if (!isCancelled(error)) this.error = error as EngineError;
      return;
    }
    await this.loadLeaks();
  }

  chooseSplit(id: number): Promise<void> {
    this.#chosenSplitId = id;
    return this.loadLeaks();
  }

  async loadLeaks(): Promise<void> {
    const { split } = this;
    if (split === null || this.leaks !== null) return;
    const { client, project } = this.place;
    this.leaksError = null;
    try {
      const asked = { project, split: split.id };
      const list = await client.request('split.leaks', asked, { signal: this.#stop.signal });
      if (this.split?.id === split.id) this.#leaks = { splitId: split.id, list };
    } catch (error) {
      if (!isCancelled(error) && this.split?.id === split.id) this.leaksError = error as EngineError;
    }
  }

  /** Looks for pairs that look alike, once. */
  async loadDuplicates(): Promise<void> {
    if (this.duplicates !== null || this.#isLookingForDuplicates) return;
    const { client, project, dataset } = this.place;
    this.#isLookingForDuplicates = true;
    this.duplicatesError = null;
    try {
      const { signal } = this.#stop;
      this.duplicates = await client.request('dataset.duplicates', { project, dataset }, { signal });
    } catch (error) {
      if (!isCancelled(error)) this.duplicatesError = error as EngineError;
    } finally {
      this.#isLookingForDuplicates = false;
    }
  }

  /** Takes in a split that was just made, with its leaks, and shows it. */
  takeSplit(split: SplitInfo, leaks: readonly NamedLeak[]): void {
    if (this.details === null) return;
    const others = this.details.splits.filter(({ id }) => id !== split.id);
    this.details = { ...this.details, splits: [...others, split] };
    this.#chosenSplitId = split.id;
    this.#leaks = { splitId: split.id, list: leaks };
    this.leaksError = null;
  }

  /** Gives up what is still asked. */
  close(): void {
    this.#stop.abort();
  }
}
