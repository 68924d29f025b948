// Fits the epochs of a run to a time budget. Arithmetic only; what things cost is measured elsewhere.
import type { RunConfig } from '../../contract/config.ts';
import { EngineError } from '../../contract/errors.ts';
import type { RunCost, RunForecast, RunPower } from '../../contract/cost.ts';
import type { RunPlan } from '../../contract/run.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { lookEverySteps } from './looker.ts';

/** What planning needs of what a dry run measured. */
export type MeasuredRun = Pick<
  RunCost,
  | 'stepMs'
  | 'measuredSteps'
  | 'buildMs'
  | 'lookMs'
  | 'decodeMs'
  | 'checkpointMs'
  | 'checkpointSeconds'
  | 'stepsPerEpoch'
>;

/** Looks between the first and the last take at most this share of the time. */
const largestLookShare = 0.05;
/** Process start, opening the project and the cache. */
const startMs = 1_500;

/**
 * The configuration with the epochs that fit into `minutes`, its warm-up the same share of them as before, and looks no
 * more often than they are worth. Throws request.invalid where neither ten steps nor a whole epoch fit.
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

/** What a run takes from its start to its end where each step takes `stepMs`. */
function computeTotalMs(config: RunConfig, cost: RunCost, totalSteps: number, stepMs: number): number {
  const everySteps = lookEverySteps(config, cost.stepsPerEpoch);
  // One before the first step, one after the last, and one at each multiple between.
  const looks = everySteps === 0 ? 0 : Math.ceil(totalSteps / everySteps) + 1;
  const stepsMs = totalSteps * stepMs;
  const checkpoints = 1 + Math.floor(stepsMs / (cost.checkpointSeconds * 1000));
  const fixedMs = startMs + cost.buildMs + cost.decodeMs;
  return fixedMs + stepsMs + looks * cost.lookMs + checkpoints * cost.checkpointMs;
}

/**
 * How long a run will take: as configured, or with the epochs that fit into `minutes`. The range is that of the mean step;
 * what else a run does was measured once, and counts as it was. Throws request.invalid as fitToMinutes does.
 */
export function forecastRun(config: RunConfig, cost: RunCost, minutes: number | undefined): RunForecast {
  const planned = minutes === undefined ? config : fitToMinutes(config, minutes, cost).config;
  const { totalSteps } = createSchedule(planned.optimizer, cost.stepsPerEpoch);
  const totalMsFor = (stepMs: number) => computeTotalMs(planned, cost, totalSteps, stepMs);
  const totalMs = totalMsFor(cost.stepMs);
  const leastMs = totalMsFor(cost.leastStepMs);
  const mostMs = totalMsFor(cost.mostStepMs);
  return {
    epochs: planned.optimizer.epochs,
    totalSteps,
    stepsPerEpoch: cost.stepsPerEpoch,
    totalMs,
    leastMs,
    mostMs,
    energy: cost.power && computeEnergy(cost.power, { totalMs, leastMs, mostMs }),
  };
}

const wattMsPerKwh = 3.6e9;

function computeEnergy(
  { watts, leastWatts, mostWatts }: RunPower,
  { totalMs, leastMs, mostMs }: Pick<RunForecast, 'totalMs' | 'leastMs' | 'mostMs'>,
): RunForecast['energy'] {
  return {
    kwh: (watts * totalMs) / wattMsPerKwh,
    leastKwh: (leastWatts * leastMs) / wattMsPerKwh,
    mostKwh: (mostWatts * mostMs) / wattMsPerKwh,
  };
}
