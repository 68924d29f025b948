// How many steps an epoch of a run has. Pure.
import type { RunDetails } from '../../engine/contract/run.ts';

/** Steps of one epoch, from what a run keeps. */
export function countStepsPerEpoch(run: Pick<RunDetails, 'plan' | 'totalSteps' | 'config'>): number {
  return (
    run.plan?.stepsPerEpoch ?? Math.max(1, Math.ceil(run.totalSteps / run.config.optimizer.epochs - 1e-9))
  );
}
