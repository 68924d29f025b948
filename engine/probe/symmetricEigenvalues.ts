// Eigenvalues, without eigenvectors, of a dense symmetric matrix: Householder's reduction to tridiagonal form, then the
// implicitly shifted QL iteration. float64 throughout.
import { EngineError } from '../contract/errors.ts';
import type { Matrix } from './denseMatrix.ts';

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** offDiagonal[i] couples i and i + 1; the last entry is unused. */
  readonly offDiagonal: Float64Array;
}

/** Reflects row `k` of the symmetric work matrix onto its (k + 1)-th entry; returns that entry, 0 if nothing to do. */
function reflectRow(work: Float64Array, n: number, k: number, v: Float64Array, p: Float64Array): number {
  let norm = 0;
  for (let i = k + 1; i < n; i++) {
    v[i] = work[k * n + i]!;
    norm = Math.hypot(norm, v[i]!);
  }
  if (norm === 0) return 0;
  const alpha = v[k + 1]! > 0 ? -norm : norm;
  v[k + 1]! -= alpha;
  let squared = 0;
  for (let i = k + 1; i < n; i++) squared += v[i]! * v[i]!;
  if (squared === 0) return alpha;
  // p = 2·A·v / (v·v), then A ← A − v·qᵀ − q·vᵀ with q = p − (p·v / v·v)·v.
  let projection = 0;
  for (let i = k + 1; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += work[i * n + j]! * v[j]!;
    p[i] = (2 * sum) / squared;
    projection += p[i]! * v[i]!;
  }
  const shift = projection / squared;
  for (let i = k + 1; i < n; i++) p[i]! -= shift * v[i]!;
  for (let i = k + 1; i < n; i++) {
    const vi = v[i]!;
    const qi = p[i]!;
    for (let j = k + 1; j < n; j++) work[i * n + j]! -= vi * p[j]! + qi * v[j]!;
  }
  return alpha;
}

function reduceToTridiagonal(matrix: Matrix): Tridiagonal {
  const n = matrix.rows;
  const work = matrix.data.slice();
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = work[k * n + k]!;
    if (k + 2 < n) offDiagonal[k] = reflectRow(work, n, k, v, p);
    else if (k + 1 < n) offDiagonal[k] = work[k * n + k + 1]!;
  }
  return { diagonal, offDiagonal };
}

/** The first index from `start` on whose coupling to the next is negligible. */
function findSplit({ diagonal, offDiagonal }: Tridiagonal, start: number): number {
  const n = diagonal.length;
  for (let m = start; m < n - 1; m++) {
    const scale = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
    if (Math.abs(offDiagonal[m]!) <= Number.EPSILON * scale) return m;
  }
  return n - 1;
}

/** One implicitly shifted QL sweep over the unreduced block start … end. */
function sweep({ diagonal: d, offDiagonal: e }: Tridiagonal, start: number, end: number): void {
  let g = (d[start + 1]! - d[start]!) / (2 * e[start]!);
  let r = Math.hypot(g, 1);
  g = d[end]! - d[start]! + e[start]! / (g + (g >= 0 ? r : -r));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = end - 1; i >= start; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= shift;
      e[end] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - shift;
    r = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * r;
    d[i + 1] = g + shift;
    g = cosine * r - b;
  }
  d[start]! -= shift;
  e[start] = g;
  e[end] = 0;
}

/**
 * All eigenvalues of a symmetric matrix, largest first. Only the symmetric part's upper rows are read as given; the
 * caller promises symmetry. Throws tensor.shape where it is not square, internal where the iteration does not settle.
 */
export function computeSymmetricEigenvalues(matrix: Matrix): Float64Array {
  if (matrix.rows !== matrix.columns) {
    throw new EngineError(
      'tensor.shape',
      `eigenvalues: expected a square matrix, got [${matrix.rows},${matrix.columns}]`,
    );
  }
  const tridiagonal = reduceToTridiagonal(matrix);
  for (let start = 0; start < matrix.rows; start++) {
    for (let attempts = 0; ; attempts++) {
      const end = findSplit(tridiagonal, start);
      if (end === start) break;
      if (attempts === 60)
        throw new EngineError('internal', 'eigenvalues: the QL iteration did not settle in 60 sweeps');
      sweep(tridiagonal, start, end);
    }
  }
  return tridiagonal.diagonal.sort().reverse();
}
