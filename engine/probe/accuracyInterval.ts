// Accuracies as statistics that can be resampled, and their intervals.
import type { ImagePrediction, Interval } from '../contract/results.ts';
import type { ResamplingUnits, WeightedStatistic } from './bootstrap.ts';
import { bootstrapIntervals } from './bootstrap.ts';
import { computeWilsonInterval } from './normalDistribution.ts';

export type Scored = Pick<ImagePrediction, 'label' | 'predicted'>;

/** top-1 of the resampled images. */
export function createTop1Statistic(scored: readonly Scored[], units: ResamplingUnits): WeightedStatistic {
  const right = new Float64Array(units.count);
  const size = new Float64Array(units.count);
  scored.forEach(({ label, predicted }, i) => {
    const unit = units.unitOf[i]!;
    size[unit]!++;
    if (label === predicted) right[unit]!++;
  });
  return (weights) => {
    let rightSum = 0;
    let sizeSum = 0;
    for (let unit = 0; unit < weights.length; unit++) {
      rightSum += weights[unit]! * right[unit]!;
      sizeSum += weights[unit]! * size[unit]!;
    }
    return rightSum / sizeSum;
  };
}

/** Mean recall over the classes that occur among the resampled images. */
export function createBalancedStatistic(
  scored: readonly Scored[],
  units: ResamplingUnits,
): WeightedStatistic {
  const labels = Int32Array.from(scored, ({ label }) => label);
  const isRight = Uint8Array.from(scored, ({ label, predicted }) => (label === predicted ? 1 : 0));
  const classCount = labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  const right = new Float64Array(classCount);
  const support = new Float64Array(classCount);
  return (weights) => {
    right.fill(0);
    support.fill(0);
    for (let i = 0; i < labels.length; i++) {
      const weight = weights[units.unitOf[i]!]!;
      support[labels[i]!]! += weight;
      right[labels[i]!]! += weight * isRight[i]!;
    }
    let sum = 0;
    let present = 0;
    for (let c = 0; c < classCount; c++) {
      if (support[c] === 0) continue;
      sum += right[c]! / support[c]!;
      present++;
    }
    return sum / present;
  };
}

/** 95 % intervals of top-1 and of balanced accuracy over the same draws. Deterministic in the seed. */
export function computeAccuracyIntervals(
  scored: readonly Scored[],
  units: ResamplingUnits,
  seed: number,
): { readonly top1: Interval; readonly balanced: Interval } {
  const whenConstant = (estimate: number, count: number) => computeWilsonInterval(estimate * count, count);
  const statistics = [createTop1Statistic(scored, units), createBalancedStatistic(scored, units)];
  const [top1, balanced] = bootstrapIntervals(statistics, units, { seed, whenConstant });
  return { top1: top1!, balanced: balanced! };
}
