// A new split in the making: three shares that always add up to 100 %, what stays together, and what would come of it.
import type { NamedLeak, SplitInfo, SplitPlan, SplitSettings } from '../../../engine/contract/answers.ts';
import type { SplitName } from '../../../engine/contract/dataset.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import { isCancelled, type DatasetPlace } from '../../state/requester.ts';

const planDelayMs = 250;
/** Training needs something to learn from. */
export const smallestTrainPercent = 1;

export type Percents = Readonly<Record<SplitName, number>>;

/**
 * Changes one share. Training takes what validation and test leave; a change of training itself is shared by those two
 * in the proportion they had.
 */
export function changePercent(percents: Percents, part: SplitName, value: number): Percents {
  const wanted = Math.round(value);
  if (part === 'train') {
    const train = Math.min(100, Math.max(smallestTrainPercent, wanted));
    const rest = 100 - train;
    const before = percents.validation + percents.test;
    const validation = Math.round(before === 0 ? rest / 2 : (rest * percents.validation) / before);
    return { train, validation, test: rest - validation };
  }
  const other = part === 'validation' ? percents.test : percents.validation;
  const share = Math.min(100 - smallestTrainPercent - other, Math.max(0, wanted));
  return { ...percents, [part]: share, train: 100 - other - share };
}

/** The settings a new split starts from. */
export const usualSettings: SplitSettings = {
  ratios: { train: 70, validation: 15, test: 15 },
  keepGiven: true,
  keepTogether: 'exact',
};

export class SplitEditorState {
  readonly place: DatasetPlace;
  name = $state('');
  seed = $state.raw(47);
  percents = $state.raw<Percents>(usualSettings.ratios);
  keepGiven = $state.raw(true);
  keepTogether = $state.raw<SplitSettings['keepTogether']>('exact');
  /** What would come of the settings; the last that is known while a newer one is on its way. */
  plan = $state.raw<SplitPlan | null>(null);
  isPlanning = $state.raw(false);
  isSaving = $state.raw(false);
  /** Why these settings give no split. */
  error = $state.raw<EngineError | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop = new AbortController();

  constructor(place: DatasetPlace, start: Partial<SplitSettings> = {}) {
    this.place = place;
    const { ratios, keepGiven, keepTogether } = { ...usualSettings, ...start };
    this.percents = toPercents(ratios);
    this.keepGiven = keepGiven;
    this.keepTogether = keepTogether;
  }

  setPercent(part: SplitName, value: number): void {
    this.percents = changePercent(this.percents, part, value);
    this.planSoon();
  }

  set(change: Partial<Pick<SplitEditorState, 'seed' | 'keepGiven' | 'keepTogether'>>): void {
    Object.assign(this, change);
    this.planSoon();
  }

  /** Plans after a pause, so that dragging a slider asks once. */
  planSoon(): void {
    clearTimeout(this.#timer);
    this.isPlanning = true;
    this.#timer = setTimeout(() => void this.planNow(), planDelayMs);
  }

  async planNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.isPlanning = true;
    try {
      const plan = await this.place.client.request('split.plan', this.#payload(), { signal });
      if (signal.aborted) return;
      this.plan = plan;
      this.error = null;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.plan = null;
      this.error = error as EngineError;
    }
    this.isPlanning = false;
  }

  /** Makes the split; null where it could not be made (`error` says why). */
  async save(): Promise<{ split: SplitInfo; leaks: readonly NamedLeak[] } | null> {
    this.isSaving = true;
    const name = this.name.trim();
    try {
      const asked = { ...this.#payload(), ...(name === '' ? {} : { name }) };
      return await this.place.client.request('split.create', asked);
    } catch (error) {
      this.error = error as EngineError;
      return null;
    } finally {
      this.isSaving = false;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #payload(): RequestPayload<'split.plan'> {
    const { project, dataset } = this.place;
    const { seed, keepGiven, keepTogether } = this;
    return { project, dataset, seed, ratios: { ...this.percents }, keepGiven, keepTogether };
  }
}

function toPercents(ratios: Percents): Percents {
  const sum = ratios.train + ratios.validation + ratios.test;
  const validation = Math.round((100 * ratios.validation) / sum);
  const test = Math.round((100 * ratios.test) / sum);
  return { train: 100 - validation - test, validation, test };
}
