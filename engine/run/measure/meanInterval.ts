// The mean of a few measurements that follow each other, with its 95 % interval. Steps resemble their neighbours (the same
// images in the cache, the same mood of the machine), so as many of them say less than as many independent ones would.

export interface MeanInterval {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** Student's t for 95 %, two-sided, by degrees of freedom. */
const quantiles: readonly (readonly [number, number])[] = [
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [4, 2.776],
  [5, 2.571],
  [6, 2.447],
  [8, 2.306],
  [10, 2.228],
  [15, 2.131],
  [20, 2.086],
  [30, 2.042],
  [60, 2.0],
  [Infinity, 1.96],
];

/** Between the rows, straight in 1/freedom: never less than the exact value by more than 0.01. */
function quantile(freedom: number): number {
  const above = quantiles.findIndex(([degrees]) => degrees >= freedom);
  if (above <= 0) return quantiles[0]![1];
  const [[low, lowT], [high, highT]] = [quantiles[above - 1]!, quantiles[above]!];
  const share = (1 / low - 1 / freedom) / (1 / low - 1 / high);
  return lowT + share * (highT - lowT);
}

/** Correlation of neighbours, 0 … 0.9; few values show less of it than there is, which the last term makes up for. */
function correlateNeighbours(deviations: readonly number[], squares: number): number {
  if (squares === 0) return 0;
  let products = 0;
  for (let index = 1; index < deviations.length; index++) {
    products += deviations[index]! * deviations[index - 1]!;
  }
  return Math.min(0.9, Math.max(0, products / squares + 1 / deviations.length));
}

/**
 * A t interval with the number of values reduced by the correlation r of neighbours to n (1 − r) / (1 + r). `least` is
 * never below 0. Values must not be empty; of a single one nothing is known but itself.
 */
export function computeMeanInterval(values: readonly number[]): MeanInterval {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, least: mean, most: mean };
  const deviations = values.map((value) => value - mean);
  const squares = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const r = correlateNeighbours(deviations, squares);
  const effective = Math.max(2, (count * (1 - r)) / (1 + r));
  const half = quantile(effective - 1) * Math.sqrt(squares / (count - 1) / effective);
  return { mean, least: Math.max(0, mean - half), most: mean + half };
}
