// A linear classifier on standardised features, and how it scores images.
import type { Matrix } from './denseMatrix.ts';
import { multiplyByTranspose } from './denseMatrix.ts';
import type { FeatureSet, Standardisation } from './probeData.ts';
import { standardiseRows } from './probeData.ts';

/** score = weights · ((feature − mean) · scale) + bias; the class with the largest score wins. */
export interface LinearModel {
  readonly standardisation: Standardisation;
  /** [classes, dimensions]. */
  readonly weights: Matrix;
  /** [classes]. */
  readonly bias: Float64Array;
}

/** Scores of standardised rows [n, dimensions]: [n, classes]. */
export function scoreStandardised(rows: Matrix, weights: Matrix, bias: Float64Array): Matrix {
  const scores = multiplyByTranspose(rows, weights);
  for (let i = 0; i < scores.data.length; i++) scores.data[i]! += bias[i % scores.columns]!;
  return scores;
}

/** Scores of the given feature rows: [rows.length, classes]. */
export function scoreLinear(model: LinearModel, featureSet: FeatureSet, rows: Int32Array): Matrix {
  const standardised = standardiseRows(featureSet, rows, model.standardisation);
  return scoreStandardised(standardised, model.weights, model.bias);
}
