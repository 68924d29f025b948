// Two or more runs side by side: their numbers, what differs between them, their curves, the images on which they part.
import { flipPageSize, type FlipDirection, type RunComparison } from '../../../engine/contract/answers.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import type { MetricName, MetricSeries, RunSummary } from '../../../engine/contract/run.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import { countStepsPerEpoch } from '../../state/stepsPerEpoch.ts';
import { placeSteps } from '../../state/curveAxis.ts';

export const axes = ['step', 'epoch', 'minutes'] as const;
/** What a curve is drawn along. */
export type Axis = (typeof axes)[number];

interface ComparedMetric {
  readonly name: MetricName;
  readonly label: string;
  /** Of the glossary. */
  readonly term?: string;
}

/** Curves that can be compared, in the order of the choice. */
export const comparedMetrics: readonly ComparedMetric[] = [
  { name: 'knn', label: 'kNN accuracy', term: 'kNN' },
  { name: 'loss', label: 'Loss', term: 'Loss' },
  { name: 'rankMe', label: 'RankMe', term: 'RankMe' },
  { name: 'effectiveRank', label: 'Effective rank', term: 'Effective rank' },
  { name: 'lr', label: 'Learning rate', term: 'Learning rate' },
  { name: 'gradNorm.transformer', label: 'Gradient norm, transformer', term: 'Gradient norm' },
  { name: 'imagesPerSecond', label: 'Images a second' },
];

const maxPoints = 2_000;
const noClock = { steps: [], values: [] };

/** The steps of a curve as epochs (which need the steps of one) or minutes of training (which need their own curve). */
export function placeOnAxis(
  steps: readonly number[],
  axis: Axis,
  run: { readonly stepsPerEpoch: number; readonly seconds: MetricSeries | undefined },
): number[] {
  const { stepsPerEpoch, seconds } = run;
  if (axis !== 'minutes')
    return placeSteps(steps, axis, { stepsPerEpoch, seconds: noClock, secondsPerStep: 0 });
  if (!seconds || seconds.steps.length === 0) return steps.map(() => Number.NaN);
  // No pace beyond the last time that was noted: what lies there stands at it.
  return placeSteps(steps, 'time', { stepsPerEpoch, seconds, secondsPerStep: 0 });
}

export interface ComparedRun {
  readonly summary: RunSummary;
  readonly stepsPerEpoch: number;
  readonly metrics: readonly MetricSeries[];
}

export class CompareState {
  comparison = $state.raw<RunComparison | null>(null);
  runs = $state.raw<readonly ComparedRun[]>([]);
  error = $state.raw<EngineError | null>(null);
  isLoading = $state(false);
  axis = $state<Axis>('step');
  #metric = $state<MetricName>('knn');
  /** Share of the past that a smoothed point keeps, 0 … 0.99. */
  smoothing = $state(0);
  readonly #client: EngineClient;
  readonly #project: string;
  #asked = 0;

  constructor(client: EngineClient, project: string) {
    this.#client = client;
    this.#project = project;
  }

  /** The curve that is shown. */
  get metric(): MetricName {
    return this.#metric;
  }

  /** Shows another curve, once it is there: a run has many, and most are never looked at. */
  async chooseMetric(name: MetricName): Promise<void> {
    const asked = this.#asked;
    try {
      const runs = await Promise.all(this.runs.map((run) => this.#addMetric(run, name)));
      if (asked !== this.#asked) return;
      this.runs = runs;
      this.#metric = name;
    } catch (error) {
      if (asked === this.#asked) this.error = error as EngineError;
    }
  }

  /** Compares these runs; the first is what the others are measured against. */
  async load(ids: readonly number[]): Promise<void> {
    const asked = ++this.#asked;
    this.isLoading = true;
    // What was said about other runs must not stand over these.
    this.comparison = null;
    this.error = null;
    try {
      const [comparison, runs] = await Promise.all([
        this.#client.request('compare.runs', { project: this.#project, runs: [...ids] }),
        Promise.all(ids.map((id) => this.#loadRun(id))),
      ]);
      // A choice made meanwhile has its own answer coming.
      if (asked !== this.#asked) return;
      this.comparison = comparison;
      this.runs = runs;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error as EngineError;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }

  async #loadRun(run: number): Promise<ComparedRun> {
    const [details, metrics] = await Promise.all([
      this.#client.request('run.show', { project: this.#project, run }),
      this.#readMetrics(run, [this.#metric, 'trainingSeconds']),
    ]);
    return { summary: details, stepsPerEpoch: countStepsPerEpoch(details), metrics };
  }

  async #addMetric(run: ComparedRun, name: MetricName): Promise<ComparedRun> {
    if (run.metrics.some((known) => known.name === name)) return run;
    return { ...run, metrics: [...run.metrics, ...(await this.#readMetrics(run.summary.id, [name]))] };
  }

  #readMetrics(run: number, names: MetricName[]): Promise<readonly MetricSeries[]> {
    return this.#client.request('run.metrics', { project: this.#project, run, names, maxPoints });
  }

  /** Reads further images on which a later run and the first disagree. */
  async readFlips(run: number, turned: FlipDirection): Promise<void> {
    const { comparison } = this;
    const known = comparison?.flips.find((flips) => flips.run === run);
    if (!comparison || !known) return;
    const more = await this.#client.request('compare.flips', {
      project: this.#project,
      first: comparison.runs[0]!.id,
      later: run,
      turned,
      offset: known[turned].length,
      limit: flipPageSize,
    });
    if (this.comparison !== comparison) return;
    const grown = { ...known, [turned]: [...known[turned], ...more] };
    const flips = comparison.flips.map((one) => (one === known ? grown : one));
    this.comparison = { ...comparison, flips };
  }

  /** Each run's curve of the chosen metric along the chosen axis; empty where it has none. */
  readonly curves = $derived(
    this.runs.map((run) => {
      const series = run.metrics.find(({ name }) => name === this.metric);
      const seconds = run.metrics.find(({ name }) => name === 'trainingSeconds');
      const x = placeOnAxis(series?.steps ?? [], this.axis, { stepsPerEpoch: run.stepsPerEpoch, seconds });
      // A run without a clock has no place on an axis of minutes.
      return x.every(Number.isFinite)
        ? { run: run.summary, x, y: series?.values ?? [] }
        : { run: run.summary, x: [], y: [] };
    }),
  );

  /** kNN of random weights, for the line to read the curves against; null where the runs do not share one. */
  readonly randomKnn = $derived.by(() => {
    const values = this.runs.map(({ summary }) => summary.randomKnn);
    return values.length > 0 && values.every((value) => value !== null && value === values[0])
      ? values[0]!
      : null;
  });
}
