// Fits the epochs of a run to a time budget. Arithmetic only; what things cost is measured elsewhere.
import type { RunConfig } from '../../contract/config.ts';
import { EngineError } from '../../contract/errors.ts';
import type { RunPlan } from '../../contract/run.ts';

/** What a dry run measured, milliseconds. */
export interface MeasuredRun {
  /** Median of the steps, with loading and augmentation. */
  readonly stepMs: number;
  readonly measuredSteps: number;
  /** Starting the process's work: tracing and building the step. */
  readonly buildMs: number;
  /** One look at the features; 0 where none are taken. */
  readonly lookMs: number;
  /** Decoding the images for the first time, as far as that is not done. */
  readonly decodeMs: number;
  /** One checkpoint. */
  readonly checkpointMs: number;
  readonly checkpointSeconds: number;
  readonly stepsPerEpoch: number;
}

/** Looks between the first and the last take at most this share of the time. */
const largestLookShare = 0.025;
/** Process start, opening the project and the cache. */
const startMs = 1_500;

/**
 * The configuration with the epochs that fit into `minutes`, its warm-up the same share of them as before, and looks no
 * more often than they are worth. Throws request.invalid where not even one epoch's worth of steps (at least 10) fits.
 */
export function fitToMinutes(
  config: RunConfig,
  minutes: number,
  measured: MeasuredRun,
): { config: RunConfig; plan: RunPlan } {
  const { stepMs, stepsPerEpoch, buildMs, lookMs, decodeMs, checkpointMs, checkpointSeconds } = measured;
  const budgetMs = minutes * 60_000;
  const epochMs = stepMs * stepsPerEpoch;
  const wantedEvery = config.monitor.everyEpochs;
  const leastEvery = Math.ceil(lookMs / (largestLookShare * epochMs));
  const everyEpochs = wantedEvery === 0 ? 0 : Math.max(wantedEvery, leastEvery);
  const lookShareMs = everyEpochs === 0 ? 0 : lookMs / (everyEpochs * stepsPerEpoch);
  const checkpointShareMs = (checkpointMs * stepMs) / (checkpointSeconds * 1000);
  const fixedMs = startMs + buildMs + decodeMs + 2 * lookMs + checkpointMs;
  const totalSteps = Math.floor((budgetMs - fixedMs) / (stepMs + lookShareMs + checkpointShareMs));
  if (totalSteps < Math.min(10, stepsPerEpoch)) {
    throw new EngineError(
      'request.invalid',
      `${minutes} minutes are too short: a step takes about ${Math.round(stepMs)} ms and starting ${Math.round(fixedMs / 1000)} s on this machine. Please give more time, or choose a smaller model.`,
      { details: { minutes, stepMs, fixedMs } },
    );
  }
  // A hair more than the ratio, because whole steps are rounded down from epochs.
  const epochs = (totalSteps + 1e-3) / stepsPerEpoch;
  const warmupShare = config.optimizer.warmupEpochs / config.optimizer.epochs;
  return {
    config: {
      ...config,
      optimizer: { ...config.optimizer, epochs, warmupEpochs: warmupShare * epochs },
      monitor: { ...config.monitor, everyEpochs },
    },
    plan: {
      minutes,
      stepMs,
      measuredSteps: measured.measuredSteps,
      buildMs,
      reservedMs: budgetMs - totalSteps * stepMs - buildMs,
      stepsPerEpoch,
      totalSteps,
    },
  };
}
