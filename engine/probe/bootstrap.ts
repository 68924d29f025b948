// 95 % intervals by resampling what was independently collected: images, or whole groups (patients) of images. Classes
// are not held fixed while drawing: how many images of each class came along counts as chance too.
import type { Interval, IntervalMethod } from '../contract/results.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import { computeNormalCdf, computeNormalQuantile } from './normalDistribution.ts';

/** Which independent unit each scored image belongs to. */
export interface ResamplingUnits {
  readonly kind: IntervalMethod['resampled'];
  readonly count: number;
  /** [n] unit number of each image, 0 … count − 1. */
  readonly unitOf: Int32Array;
}

/** A number computed from the sample in which unit u occurs weights[u] times. */
export type WeightedStatistic = (weights: Int32Array) => number;

export interface BootstrapOptions {
  /** Same seed and site, same interval. */
  readonly seed: number;
  /** Names the stream; statistics that are compared share it, so that they see the same draws. */
  readonly site?: string;
  /** At least 1000; default 4000, or 2000 for more than 5000 units. */
  readonly draws?: number;
  /** The interval to report where no draw differs from the estimate, so that resampling says nothing. */
  readonly whenConstant: (estimate: number, units: number) => readonly [number, number];
}

/** Large samples need fewer draws: their intervals are short, and symmetric enough. */
const defaultDraws = (units: number): number => (units > 5000 ? 2000 : 4000);
/** More units than this are left out in blocks when the acceleration is measured. */
const largestJackknife = 2000;

/**
 * Units from the images' groups. An image without a group (null) is a unit of its own; where no group has two images the
 * units are the images.
 */
export function computeUnits(groups: readonly (string | null)[]): ResamplingUnits {
  const numbers = new Map<string, number>();
  let count = 0;
  const unitOf = Int32Array.from(groups, (group) => {
    if (group === null) return count++;
    const known = numbers.get(group);
    if (known !== undefined) return known;
    numbers.set(group, count);
    return count++;
  });
  return { kind: count < groups.length ? 'groups' : 'images', count, unitOf };
}

/** What each statistic is on each draw; a draw is made once for all of them. */
function drawStatistics(
  statistics: readonly WeightedStatistic[],
  units: number,
  { seed, site = 'bootstrap', draws = defaultDraws(units) }: BootstrapOptions,
): Float64Array[] {
  const weights = new Int32Array(units);
  const values = statistics.map(() => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    const random = new CounterRandom(seed, site, draw);
    weights.fill(0);
    for (let i = 0; i < units; i++) weights[random.nextInteger(units)]!++;
    for (let which = 0; which < statistics.length; which++)
      values[which]![draw] = statistics[which]!(weights);
  }
  return values;
}

/** The acceleration of BCa, from leaving out one unit (or one block of units) at a time. */
function measureAcceleration(statistic: WeightedStatistic, units: number): number {
  const block = Math.ceil(units / largestJackknife);
  const weights = new Int32Array(units).fill(1);
  const values: number[] = [];
  for (let start = 0; start < units; start += block) {
    weights.fill(0, start, start + block);
    const value = statistic(weights);
    if (Number.isFinite(value)) values.push(value);
    weights.fill(1, start, start + block);
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The value below which `share` of the sorted draws lie, interpolated. */
function quantile(sorted: Float64Array, share: number): number {
  const position = Math.min(Math.max(share * (sorted.length + 1) - 1, 0), sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** Where the two ends of the interval lie among the sorted draws. */
function correctedShares(
  sorted: Float64Array,
  estimate: number,
  acceleration: number,
): readonly [number, number] {
  // Accuracies take few values, so many draws equal the estimate: half of them count as below it.
  let below = 0;
  for (const value of sorted) {
    if (value < estimate - 1e-12) below += 1;
    else if (value <= estimate + 1e-12) below += 0.5;
  }
  const bias = computeNormalQuantile(below / sorted.length);
  const end = (probability: number): number => {
    const z = bias + computeNormalQuantile(probability);
    return computeNormalCdf(bias + z / (1 - acceleration * z));
  };
  return [end(0.025), end(0.975)];
}

function describeInterval(
  statistic: WeightedStatistic,
  drawn: Float64Array,
  units: Pick<ResamplingUnits, 'kind' | 'count'>,
  whenConstant: BootstrapOptions['whenConstant'],
): Interval {
  const estimate = statistic(new Int32Array(units.count).fill(1));
  const sorted = drawn.filter(Number.isFinite).sort();
  const spread = sorted.length === 0 ? 0 : sorted.at(-1)! - sorted[0]!;
  if (spread < 1e-12) {
    const [low, high] = whenConstant(estimate, units.count);
    return { low, high, method: { kind: 'wilson', draws: 0, resampled: units.kind, units: units.count } };
  }
  const [lowShare, highShare] = correctedShares(
    sorted,
    estimate,
    measureAcceleration(statistic, units.count),
  );
  return {
    low: Math.min(quantile(sorted, lowShare), estimate),
    high: Math.max(quantile(sorted, highShare), estimate),
    method: { kind: 'bca', draws: sorted.length, resampled: units.kind, units: units.count },
  };
}

/**
 * 95 % intervals of statistics by the bias-corrected, accelerated bootstrap (Efron 1987) over units, all from the same
 * draws. Draws on which a statistic is not finite are left out of its interval. Deterministic in the seed.
 */
export function bootstrapIntervals(
  statistics: readonly WeightedStatistic[],
  units: Pick<ResamplingUnits, 'kind' | 'count'>,
  options: BootstrapOptions,
): Interval[] {
  const drawn = drawStatistics(statistics, units.count, options);
  return statistics.map((statistic, which) =>
    describeInterval(statistic, drawn[which]!, units, options.whenConstant),
  );
}

/** The interval of one statistic alone. */
export function bootstrapInterval(
  statistic: WeightedStatistic,
  units: Pick<ResamplingUnits, 'kind' | 'count'>,
  options: BootstrapOptions,
): Interval {
  return bootstrapIntervals([statistic], units, options)[0]!;
}
