// Multinomial logistic regression: minimises mean cross-entropy + penalty/2·‖W‖² (the bias is free) by L-BFGS.
import type { Matrix } from './denseMatrix.ts';
import { multiplyByTranspose, transposeMatrix } from './denseMatrix.ts';
import type { Objective } from './lbfgs.ts';
import { minimiseLbfgs } from './lbfgs.ts';
import type { LinearFit } from './ridge.ts';
import { countClassShares } from './ridge.ts';

// Pooled features are highly correlated: at weak penalties the last digits take hundreds of steps and change no prediction.
const maxIterations = 150;
const gradientTolerance = 1e-4;

/** Replaces each row of logits [n, C] by softmax minus one-hot, in place; returns the summed cross-entropy. */
function softmaxResiduals(logits: Matrix, labels: Int32Array): number {
  const { data, columns } = logits;
  let loss = 0;
  labels.forEach((label, i) => {
    const start = i * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, data[start + c]!);
    let total = 0;
    const own = data[start + label]! - largest;
    for (let c = 0; c < columns; c++) {
      data[start + c] = Math.exp(data[start + c]! - largest);
      total += data[start + c]!;
    }
    for (let c = 0; c < columns; c++) data[start + c]! /= total;
    data[start + label]! -= 1;
    loss += Math.log(total) - own;
  });
  return loss;
}

function createObjective(x: Matrix, labels: Int32Array, classCount: number, penalty: number): Objective {
  const transposed = transposeMatrix(x);
  const d = x.columns;
  const weightCount = classCount * d;
  return (parameters, gradient) => {
    const weights: Matrix = { rows: classCount, columns: d, data: parameters.subarray(0, weightCount) };
    const logits = multiplyByTranspose(x, weights);
    for (let i = 0; i < logits.data.length; i++)
      logits.data[i]! += parameters[weightCount + (i % classCount)]!;
    const loss = softmaxResiduals(logits, labels) / x.rows;
    const residuals = transposeMatrix(logits);
    const weightGradient = multiplyByTranspose(residuals, transposed);
    let squared = 0;
    for (let i = 0; i < weightCount; i++) {
      const weight = parameters[i]!;
      squared += weight * weight;
      gradient[i] = weightGradient.data[i]! / x.rows + penalty * weight;
    }
    for (let c = 0; c < classCount; c++) {
      let sum = 0;
      for (let i = 0; i < x.rows; i++) sum += residuals.data[c * x.rows + i]!;
      gradient[weightCount + c] = sum / x.rows;
    }
    return loss + (penalty / 2) * squared;
  };
}

/** Starting point: no weights, and the bias that alone predicts the class shares (kept finite for absent classes). */
function startingPoint(labels: Int32Array, classCount: number, d: number): Float64Array {
  const start = new Float64Array(classCount * (d + 1));
  countClassShares(labels, classCount).forEach((share, c) => {
    start[classCount * d + c] = Math.log(Math.max(share, 1e-3 / labels.length));
  });
  return start;
}

/**
 * A function from penalty (> 0) to the logistic fit on standardised rows x [n, d]. Calls start from the last solution,
 * so asking in order from the largest penalty to the smallest is fastest; the optimum itself is unique.
 */
export function createLogisticSolver(
  x: Matrix,
  labels: Int32Array,
  classCount: number,
): (penalty: number) => LinearFit {
  const weightCount = classCount * x.columns;
  let start = startingPoint(labels, classCount, x.columns);
  return (penalty) => {
    const objective = createObjective(x, labels, classCount, penalty);
    start = minimiseLbfgs(objective, start, { maxIterations, gradientTolerance }).x;
    return {
      weights: { rows: classCount, columns: x.columns, data: start.slice(0, weightCount) },
      bias: start.slice(weightCount),
    };
  };
}
