// Runs as the command line and the app see them. Plain data only; times in milliseconds since 1970 (UTC).
import type { RunConfig } from './config.ts';
import type { SerializedError } from './errors.ts';
import type { ProbeKind, Protocol } from './results.ts';

/**
 * queued: waits for its turn. running: a trainer works on it. paused: stopped on request, goes on when asked.
 * interrupted: its trainer died or the power failed; goes on when asked. stopped: ended early on request.
 * finished: did all its steps. failed: an error ended it (`failure` says which).
 */
export const runStates = [
  'queued',
  'running',
  'paused',
  'interrupted',
  'stopped',
  'finished',
  'failed',
] as const;
export type RunState = (typeof runStates)[number];

/** What has been asked of a running trainer and not been done yet. */
export type AskedOfRun = 'pause' | 'stop';

/** How a time budget became a number of epochs; kept with the run so that it stays reproducible. */
export interface RunPlan {
  readonly minutes: number;
  /** Median of the measured steps, with loading and augmentation, milliseconds. */
  readonly stepMs: number;
  readonly measuredSteps: number;
  /** Tracing and building the step, milliseconds. */
  readonly buildMs: number;
  /** Set aside for looks at the features and for checkpoints, milliseconds. */
  readonly reservedMs: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/** Versions of what computes, so that a number can be traced to its code. */
export type Versions = Readonly<Record<string, string>>;

/** The row of a run's newest ladder that its verdict is about: a probe on pretrained features, scored on test images. */
export interface RunScore {
  readonly probe: ProbeKind;
  /** Shares, 0 … 1. */
  readonly top1: number;
  readonly ci95: readonly [number, number];
  readonly n: number;
  /** The same probe on random weights; null where the ladder has no such row. */
  readonly randomTop1: number | null;
}

/** A run in a list. */
export interface RunSummary {
  readonly id: number;
  readonly name: string;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly state: RunState;
  readonly asked: AskedOfRun | null;
  readonly datasetId: number;
  readonly splitId: number;
  readonly protocol: Protocol;
  readonly seed: number;
  /** Executor's id, e.g. `compiled-cpu`. */
  readonly executor: string;
  /** What a person calls the device; null before the first start. */
  readonly device: string | null;
  /** Steps done. */
  readonly step: number;
  readonly totalSteps: number;
  /** Time spent training, pauses left out. */
  readonly trainingMs: number;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly trashedAtMs: number | null;
  readonly failure: SerializedError | null;
  /** Last values, null before the first. */
  readonly lastLoss: number | null;
  readonly lastKnn: number | null;
  /** The same kNN on random weights. */
  readonly randomKnn: number | null;
  /** Null where no ladder was run. */
  readonly score: RunScore | null;
}

export type RunEventKind =
  | 'created'
  | 'started'
  | 'resumed'
  | 'paused'
  | 'interrupted'
  | 'stopped'
  | 'finished'
  | 'failed'
  | 'notice'
  | 'warning';

/** Something that happened to a run, in words. */
export interface RunEvent {
  readonly id: number;
  readonly runId: number;
  readonly atMs: number;
  readonly step: number;
  readonly kind: RunEventKind;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface CheckpointInfo {
  readonly id: number;
  readonly runId: number;
  /** Steps done when it was written. */
  readonly step: number;
  readonly format: number;
  /** File name inside the run's folder. */
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly trainingMs: number;
  readonly createdAtMs: number;
}

/** Everything about a run but its curves. */
export interface RunDetails extends RunSummary {
  readonly config: RunConfig;
  readonly versions: Versions;
  /** Hash of what it trains on: image hashes, labels and parts of the split. */
  readonly manifestHash: string;
  readonly plan: RunPlan | null;
  readonly events: readonly RunEvent[];
  readonly checkpoints: readonly CheckpointInfo[];
}

/** Metrics of a training step (the first eight) and of a look at the features. */
export const metricNames = [
  'loss',
  'lr',
  'weightDecay',
  'emaMomentum',
  'gradNorm.tokenizer',
  'gradNorm.transformer',
  'gradNorm.predictor',
  'imagesPerSecond',
  'knn',
  'knn.random',
  'rankMe',
  'effectiveRank',
  'featureStd.mean',
  'featureStd.min',
  'featureStd.deadShare',
  'trainingSeconds',
] as const;
export type MetricName = (typeof metricNames)[number];

/** One curve: `values[i]` belongs to `steps[i]` (steps done before it, from 0). */
export interface MetricSeries {
  readonly name: MetricName;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Sent a few times a second while a run trains. */
export interface RunProgress {
  readonly runId: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  /** Estimate from the last steps, milliseconds. */
  readonly timeLeftMs: number;
}
