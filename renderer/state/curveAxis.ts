// Where the steps of a curve lie on the axis that was chosen: one rule for a run by itself and for runs side by side.

interface Clock {
  readonly steps: readonly number[];
  /** Seconds of training at each of the steps. */
  readonly values: readonly number[];
}

/** How many points of a sorted list lie before a step. */
export function countBefore(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the horizontal axis counts. */
export type AxisUnit = 'step' | 'epoch' | 'time';

/** Where steps lie on the axis: steps, epochs, or minutes of training. */
export function placeSteps(
  steps: readonly number[],
  unit: AxisUnit,
  of: { readonly stepsPerEpoch: number; readonly seconds: Clock; readonly secondsPerStep: number },
): number[] {
  if (unit === 'step') return [...steps];
  if (unit === 'epoch') return steps.map((step) => step / of.stepsPerEpoch);
  return steps.map((step) => secondsAt(step, of.seconds, of.secondsPerStep) / 60);
}

/** Seconds of training at a step: between the two nearest that were noted, beyond them by the mean pace. */
function secondsAt(step: number, { steps, values }: Clock, secondsPerStep: number): number {
  const after = countBefore(steps, step);
  if (steps[after] === step) return values[after]!;
  const left =
    after === 0 ? { step: 0, seconds: 0 } : { step: steps[after - 1]!, seconds: values[after - 1]! };
  if (after === steps.length) return left.seconds + (step - left.step) * secondsPerStep;
  const share = (step - left.step) / (steps[after]! - left.step);
  return left.seconds + share * (values[after]! - left.seconds);
}
