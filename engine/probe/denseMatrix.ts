// Dense row-major float64 matrices: the few products and factorisations that probes need. Blocked so that plain
// JavaScript stays at a few GFLOP/s; summation order is fixed, so results are the same on every call.
import { EngineError } from '../contract/errors.ts';

/** A dense matrix, row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix of zeros. */
export function createMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** The columns as rows. */
export function transposeMatrix(matrix: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  const out = createMatrix(columns, rows);
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile) {
    const i1 = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < columns; j0 += tile) {
      const j1 = Math.min(columns, j0 + tile);
      for (let i = i0; i < i1; i++) {
        for (let j = j0; j < j1; j++) out.data[j * rows + i] = data[i * columns + j]!;
      }
    }
  }
  return out;
}

/** Dot product of `count` values from two arrays. */
function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number {
  let sum = 0;
  for (let p = 0; p < count; p++) sum += a[aStart + p]! * b[bStart + p]!;
  return sum;
}

interface RowBlock {
  readonly data: Float64Array;
  /** Distance between the starts of two rows, and where row 0 starts. */
  readonly stride: number;
  readonly offset: number;
}

/** out[i..i+3, j..j+3] += factor · (rows i of a) · (rows j of b), over `depth` columns. */
function addTile(
  a: RowBlock,
  b: RowBlock,
  out: RowBlock,
  at: { i: number; j: number; depth: number; factor: number },
): void {
  const { i, j, depth, factor } = at;
  const x = a.data;
  const y = b.data;
  const a0 = a.offset + i * a.stride;
  const a1 = a0 + a.stride;
  const a2 = a1 + a.stride;
  const a3 = a2 + a.stride;
  const b0 = b.offset + j * b.stride;
  const b1 = b0 + b.stride;
  const b2 = b1 + b.stride;
  const b3 = b2 + b.stride;
  // prettier-ignore
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  // prettier-ignore
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  // prettier-ignore
  for (let p = 0; p < depth; p++) {
    const x0 = x[a0 + p]!, x1 = x[a1 + p]!, x2 = x[a2 + p]!, x3 = x[a3 + p]!;
    const y0 = y[b0 + p]!, y1 = y[b1 + p]!, y2 = y[b2 + p]!, y3 = y[b3 + p]!;
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
    s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
    s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
  }
  const o = out.data;
  let row = out.offset + i * out.stride + j;
  // prettier-ignore
  { o[row]! += factor * s00; o[row + 1]! += factor * s01; o[row + 2]! += factor * s02; o[row + 3]! += factor * s03; }
  row += out.stride;
  // prettier-ignore
  { o[row]! += factor * s10; o[row + 1]! += factor * s11; o[row + 2]! += factor * s12; o[row + 3]! += factor * s13; }
  row += out.stride;
  // prettier-ignore
  { o[row]! += factor * s20; o[row + 1]! += factor * s21; o[row + 2]! += factor * s22; o[row + 3]! += factor * s23; }
  row += out.stride;
  // prettier-ignore
  { o[row]! += factor * s30; o[row + 1]! += factor * s31; o[row + 2]! += factor * s32; o[row + 3]! += factor * s33; }
}

/** out += factor · a · bᵀ; with `lowerOnly`, at least the entries on and below the diagonal. */
function accumulateProduct(
  a: RowBlock,
  b: RowBlock,
  out: RowBlock,
  size: { m: number; n: number; depth: number; factor: number; lowerOnly: boolean },
): void {
  const { m, n, depth, factor, lowerOnly } = size;
  const rowsInCache = 32;
  for (let j0 = 0; j0 < n; j0 += rowsInCache) {
    const j1 = Math.min(n, j0 + rowsInCache);
    for (let i = lowerOnly ? j0 : 0; i < m; i += 4) {
      for (let j = j0; j < j1; j += 4) {
        if (lowerOnly && j > i + 3) break;
        if (i + 4 <= m && j + 4 <= j1) {
          addTile(a, b, out, { i, j, depth, factor });
          continue;
        }
        for (let row = i; row < Math.min(m, i + 4); row++) {
          for (let column = j; column < Math.min(j1, j + 4); column++) {
            const sum = dot(a.data, a.offset + row * a.stride, b.data, b.offset + column * b.stride, depth);
            out.data[out.offset + row * out.stride + column]! += factor * sum;
          }
        }
      }
    }
  }
}

function asBlock(matrix: Matrix): RowBlock {
  return { data: matrix.data, stride: matrix.columns, offset: 0 };
}

/** a · bᵀ: [m, k] and [n, k] → [m, n]. Throws tensor.shape. */
export function multiplyByTranspose(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.columns) {
    throw new EngineError(
      'tensor.shape',
      `product a·bᵀ: expected equal columns, got [${a.rows},${a.columns}] and [${b.rows},${b.columns}]`,
    );
  }
  const out = createMatrix(a.rows, b.rows);
  accumulateProduct(asBlock(a), asBlock(b), asBlock(out), {
    m: a.rows,
    n: b.rows,
    depth: a.columns,
    factor: 1,
    lowerOnly: false,
  });
  return out;
}

/** a · aᵀ, symmetric: [m, k] → [m, m]. */
export function computeGram(a: Matrix): Matrix {
  const out = createMatrix(a.rows, a.rows);
  accumulateProduct(asBlock(a), asBlock(a), asBlock(out), {
    m: a.rows,
    n: a.rows,
    depth: a.columns,
    factor: 1,
    lowerOnly: true,
  });
  for (let i = 0; i < a.rows; i++) {
    for (let j = i + 1; j < a.rows; j++) out.data[i * a.rows + j] = out.data[j * a.rows + i]!;
  }
  return out;
}

/** Factors rows and columns start … end − 1 of l in place, once earlier columns have been subtracted. */
function factorPanel(l: Float64Array, n: number, start: number, end: number): boolean {
  for (let j = start; j < end; j++) {
    const pivot = l[j * n + j]! - dot(l, j * n + start, l, j * n + start, j - start);
    if (!(pivot > 0) || !Number.isFinite(pivot)) return false;
    const root = Math.sqrt(pivot);
    l[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      l[i * n + j] = (l[i * n + j]! - dot(l, i * n + start, l, j * n + start, j - start)) / root;
    }
  }
  return true;
}

/**
 * The lower triangle L of a symmetric positive definite matrix plus `ridge` on its diagonal, L·Lᵀ = a + ridge·I; only
 * the lower triangle of the result is meaningful. Null where the sum is not positive definite in float64.
 */
export function factorCholesky(a: Matrix, ridge: number): Matrix | null {
  const n = a.rows;
  const data = a.data.slice();
  for (let i = 0; i < n; i++) data[i * n + i]! += ridge;
  const panel = 48;
  for (let start = 0; start < n; start += panel) {
    const end = Math.min(n, start + panel);
    if (!factorPanel(data, n, start, end)) return null;
    const left: RowBlock = { data, stride: n, offset: end * n + start };
    const trailing: RowBlock = { data, stride: n, offset: end * n + end };
    const size = { m: n - end, n: n - end, depth: end - start, factor: -1, lowerOnly: true };
    accumulateProduct(left, left, trailing, size);
  }
  return { rows: n, columns: n, data };
}

/** Solves L·Lᵀ·x = b for all columns of b: [n, n] and [n, c] → [n, c]. */
export function solveCholesky(factor: Matrix, b: Matrix): Matrix {
  const n = factor.rows;
  const c = b.columns;
  const l = factor.data;
  const x = b.data.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      const weight = l[i * n + k]!;
      for (let column = 0; column < c; column++) x[i * c + column]! -= weight * x[k * c + column]!;
    }
    for (let column = 0; column < c; column++) x[i * c + column]! /= l[i * n + i]!;
  }
  // Backwards, each solved row is subtracted from the rows above it: this reads L by rows.
  for (let i = n - 1; i >= 0; i--) {
    for (let column = 0; column < c; column++) x[i * c + column]! /= l[i * n + i]!;
    for (let k = 0; k < i; k++) {
      const weight = l[i * n + k]!;
      for (let column = 0; column < c; column++) x[k * c + column]! -= weight * x[i * c + column]!;
    }
  }
  return { rows: n, columns: c, data: x };
}
