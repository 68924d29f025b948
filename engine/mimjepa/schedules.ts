// Learning rate, weight decay and EMA momentum over the steps of a run.
import type { OptimizerConfig } from '../contract/config.ts';

export interface ScheduleValues {
  /** Learning rate of one AdamW step. */
  readonly lr: number;
  readonly weightDecay: number;
  /** Share of the target encoder that stays; 1 freezes it. */
  readonly emaMomentum: number;
}

export interface Schedule {
  readonly totalSteps: number;
  /** Values of a step, counted from 0 to totalSteps − 1. */
  at(step: number): ScheduleValues;
}

/** What fixes a schedule, in steps. */
export interface ScheduleShape extends Pick<
  OptimizerConfig,
  | 'lrStart'
  | 'lrPeak'
  | 'lrFinal'
  | 'lrFlatShare'
  | 'weightDecayStart'
  | 'weightDecayFinal'
  | 'emaStart'
  | 'emaFinal'
> {
  readonly totalSteps: number;
  readonly warmupSteps: number;
}

function linearBetween(start: number, final: number, progress: number): number {
  return start + progress * (final - start);
}

/** Linear from lrStart to lrPeak, flat, then half a cosine down to lrFinal. `count` is the step counted from 1. */
function learningRate(shape: ScheduleShape, count: number): number {
  const { lrStart, lrPeak, lrFinal, warmupSteps, totalSteps } = shape;
  if (count < warmupSteps) return linearBetween(lrStart, lrPeak, count / warmupSteps);
  const flatSteps = Math.floor((totalSteps - warmupSteps) * shape.lrFlatShare);
  const beyond = count - warmupSteps - flatSteps;
  if (beyond < 0) return lrPeak;
  const cosineSteps = Math.max(1, totalSteps - warmupSteps - flatSteps);
  // Past the end the cosine would rise again; it never does within a run's own steps.
  const progress = Math.min(1, beyond / cosineSteps);
  return lrFinal + (lrPeak - lrFinal) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** A schedule from step counts. The first step already uses the value one step in, as the official code does. */
export function createStepSchedule(shape: ScheduleShape): Schedule {
  const { totalSteps } = shape;
  return {
    totalSteps,
    at: (step) => {
      const progress = (step + 1) / Math.max(1, totalSteps);
      return {
        lr: learningRate(shape, step + 1),
        weightDecay: linearBetween(shape.weightDecayStart, shape.weightDecayFinal, progress),
        emaMomentum: linearBetween(shape.emaStart, shape.emaFinal, progress),
      };
    },
  };
}

/** The schedule of a run whose epochs have `stepsPerEpoch` steps each. Fractional epochs round down to whole steps. */
export function createSchedule(optimizer: OptimizerConfig, stepsPerEpoch: number): Schedule {
  return createStepSchedule({
    ...optimizer,
    totalSteps: Math.floor(optimizer.epochs * stepsPerEpoch),
    warmupSteps: Math.floor(optimizer.warmupEpochs * stepsPerEpoch),
  });
}
