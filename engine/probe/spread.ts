// Collapse meters: how many directions features spread over, and how much each dimension varies.
import { EngineError } from '../contract/errors.ts';
import type { SpreadReport } from '../contract/results.ts';
import type { Matrix } from './denseMatrix.ts';
import { computeGram, createMatrix, transposeMatrix } from './denseMatrix.ts';
import { computeSymmetricEigenvalues } from './symmetricEigenvalues.ts';

/** exp of the entropy of values ≥ 0 scaled to sum 1: how many of them matter. 0 where all are 0. */
function countEffective(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  let entropy = 0;
  for (const value of values) {
    const share = value / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** Squared singular values of x [n, d], largest first, from the smaller of its two Gram matrices. */
function squaredSingularValues(x: Matrix): number[] {
  const gram = computeGram(x.rows < x.columns ? x : transposeMatrix(x));
  const eigenvalues = computeSymmetricEigenvalues(gram);
  // Rounding leaves noise of the size of the largest times epsilon, of either sign, where the truth is 0.
  const noise = (eigenvalues[0] ?? 0) * Number.EPSILON * eigenvalues.length;
  return Array.from(eigenvalues, (value) => (value > noise ? value : 0));
}

function toMatrix(features: Float32Array, n: number, d: number): Matrix {
  const matrix = createMatrix(n, d);
  matrix.data.set(features);
  return matrix;
}

/** Subtracts each column's mean, in place; returns the standard deviation of each column. */
function centreColumns({ data, rows, columns }: Matrix): Float64Array {
  const deviation = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += data[i * columns + j]!;
    mean /= rows;
    for (let i = 0; i < rows; i++) {
      data[i * columns + j]! -= mean;
      deviation[j]! += data[i * columns + j]! ** 2 / rows;
    }
    deviation[j] = Math.sqrt(deviation[j]!);
  }
  return deviation;
}

/** RankMe (arXiv 2210.02885): exp of the entropy of the normalised singular values of features [n, d], not centred. */
export function computeRankMe(features: Float32Array, dimensions: number): number {
  const x = toMatrix(features, features.length / dimensions, dimensions);
  return countEffective(squaredSingularValues(x).map(Math.sqrt));
}

function judgeHealth(rankMe: number, most: number, meanStd: number): SpreadReport['health'] {
  // Layer-normalised tokens have a spread of the order of 1: pooled features far below carry next to nothing.
  // A common mean counts as one direction, so one more is a line. Untrained networks reach about a sixth of `most`.
  if (rankMe < 2.5 || meanStd < 1e-3) return 'collapsed';
  return rankMe < Math.max(Math.min(4, most / 2), 0.04 * most) ? 'narrow' : 'healthy';
}

const healthWords: Readonly<Record<SpreadReport['health'], string>> = {
  healthy: 'healthy',
  narrow: 'narrow; if this keeps falling, the features are collapsing',
  collapsed: 'collapsed; all images look nearly the same to the model',
};

/**
 * Measures the spread of layer-normalised, pooled features [n, dimensions]. Takes about 0.7 s at 768 dimensions. Throws
 * probe.impossible with fewer than two images or a feature that is not finite, tensor.shape for a broken row.
 */
export function measureSpread(features: Float32Array, dimensions: number): SpreadReport {
  const n = features.length / dimensions;
  if (!Number.isInteger(n)) {
    throw new EngineError(
      'tensor.shape',
      `spread: ${features.length} values are not rows of ${dimensions} features`,
    );
  }
  if (n < 2 || features.some((value) => !Number.isFinite(value))) {
    throw new EngineError('probe.impossible', 'spread: needs finite features of at least two images');
  }
  const centred = toMatrix(features, n, dimensions);
  const deviation = centreColumns(centred);
  const effectiveRank = countEffective(squaredSingularValues(centred));
  const meanStd = deviation.reduce((sum, value) => sum + value, 0) / dimensions;
  const largestStd = deviation.reduce((largest, value) => Math.max(largest, value));
  const rankMe = computeRankMe(features, dimensions);
  const health = judgeHealth(rankMe, Math.min(n, dimensions), meanStd);
  return {
    n,
    dimensions,
    rankMe,
    effectiveRank,
    meanStd,
    minStd: deviation.reduce((smallest, value) => Math.min(smallest, value)),
    deadShare: deviation.filter((value) => value <= 1e-2 * largestStd).length / dimensions,
    health,
    words: `features spread over ${Math.round(rankMe)} of ${dimensions} directions: ${healthWords[health]}`,
  };
}
