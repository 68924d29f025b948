// Closed-form ridge regression onto one-hot classes: minimises ‖Y − XW − b‖²/n + penalty·‖W‖² exactly, by a Cholesky
// factorisation in whichever of the two forms (dimensions or images) is smaller.
import { EngineError } from '../contract/errors.ts';
import type { Matrix } from './denseMatrix.ts';
import {
  computeGram,
  createMatrix,
  factorCholesky,
  multiplyByTranspose,
  solveCholesky,
  transposeMatrix,
} from './denseMatrix.ts';

/** Weights [classes, d] and bias [classes] for one penalty. */
export interface LinearFit {
  readonly weights: Matrix;
  readonly bias: Float64Array;
}

/** Everything about the training images that does not depend on the penalty. */
interface RidgeProblem {
  readonly dual: boolean;
  /** [d, n] */
  readonly transposed: Matrix;
  /** XᵀX/n [d, d], or XXᵀ/n [n, n]. */
  readonly gram: Matrix;
  /** Xᵀ·Y/n [d, C], or Y/n [n, C]; Y centred. */
  readonly target: Matrix;
  readonly classShare: Float64Array;
}

function scaleInPlace(matrix: Matrix, factor: number): Matrix {
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i]! *= factor;
  return matrix;
}

/** One-hot rows minus the share of each class, transposed: [C, n]. */
function centredTargets(labels: Int32Array, classShare: Float64Array): Matrix {
  const out = createMatrix(classShare.length, labels.length);
  for (let c = 0; c < classShare.length; c++) {
    for (let i = 0; i < labels.length; i++) {
      out.data[c * labels.length + i] = (labels[i] === c ? 1 : 0) - classShare[c]!;
    }
  }
  return out;
}

/** Share of each class among the labels. */
export function countClassShares(labels: Int32Array, classCount: number): Float64Array {
  const share = new Float64Array(classCount);
  for (const label of labels) share[label]! += 1 / labels.length;
  return share;
}

function prepareRidge(x: Matrix, labels: Int32Array, classCount: number): RidgeProblem {
  const dual = x.rows < x.columns;
  const transposed = transposeMatrix(x);
  const classShare = countClassShares(labels, classCount);
  const targets = centredTargets(labels, classShare);
  const gram = scaleInPlace(computeGram(dual ? x : transposed), 1 / x.rows);
  const target = dual ? transposeMatrix(targets) : multiplyByTranspose(transposed, targets);
  return { dual, transposed, gram, target: scaleInPlace(target, 1 / x.rows), classShare };
}

/**
 * A function from penalty (> 0) to the exact ridge solution on centred, standardised rows x [n, d]; the Gram matrix is
 * computed once. The function throws probe.impossible where the penalty is too small for float64.
 */
export function createRidgeSolver(
  x: Matrix,
  labels: Int32Array,
  classCount: number,
): (penalty: number) => LinearFit {
  const problem = prepareRidge(x, labels, classCount);
  return (penalty) => {
    const factor = factorCholesky(problem.gram, penalty);
    if (factor === null) {
      throw new EngineError(
        'probe.impossible',
        `ridge: the features are too nearly dependent for a penalty of ${penalty}`,
        { details: { penalty } },
      );
    }
    const solution = transposeMatrix(solveCholesky(factor, problem.target));
    // Dual coefficients [C, n] times X give the weights [C, d].
    const weights = problem.dual ? multiplyByTranspose(solution, problem.transposed) : solution;
    return { weights, bias: problem.classShare };
  };
}
