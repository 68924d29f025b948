import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../engine/probe/denseMatrix.ts';
import {
  computeGram,
  factorCholesky,
  multiplyByTranspose,
  solveCholesky,
  transposeMatrix,
} from '../../../engine/probe/denseMatrix.ts';
import { computeSymmetricEigenvalues } from '../../../engine/probe/symmetricEigenvalues.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = new CounterRandom(seed);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => random.nextNormal()) };
}

function naiveProduct(a: Matrix, b: Matrix): number[] {
  return Array.from({ length: a.rows * b.rows }, (_, at) => {
    const i = Math.floor(at / b.rows);
    const j = at % b.rows;
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k]! * b.data[j * b.columns + k]!;
    return sum;
  });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('products', () => {
  test.each([
    [1, 1, 1],
    [4, 4, 3],
    [5, 7, 9],
    [37, 33, 50],
    [66, 35, 21],
  ])('a [%i,k] times b [%i,k] transposed equals the plain sum, for sizes off the block grid', (m, n, k) => {
    const a = randomMatrix(m, k, 1);
    const b = randomMatrix(n, k, 2);
    expect(largestDifference(multiplyByTranspose(a, b).data, naiveProduct(a, b))).toBeLessThan(1e-12);
    expect(largestDifference(computeGram(a).data, naiveProduct(a, a))).toBeLessThan(1e-12);
  });

  test('transposing twice gives the matrix back', () => {
    const a = randomMatrix(41, 70, 3);
    expect(transposeMatrix(a).data[5]).toBe(a.data[5 * 70]);
    expect(transposeMatrix(transposeMatrix(a)).data).toEqual(a.data);
  });

  test('columns that disagree are refused', () => {
    expect(() => multiplyByTranspose(randomMatrix(2, 3, 1), randomMatrix(2, 4, 1))).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
  });
});

describe('Cholesky', () => {
  test.each([1, 5, 48, 49, 131])('solves a system of %i unknowns', (n) => {
    const gram = computeGram(randomMatrix(n, n + 20, n));
    const b = randomMatrix(n, 3, 7);
    const x = solveCholesky(factorCholesky(gram, 0.5)!, b);
    for (let i = 0; i < n; i++) gram.data[i * n + i]! += 0.5;
    const back = multiplyByTranspose(gram, transposeMatrix(x));
    expect(largestDifference(back.data, b.data)).toBeLessThan(1e-9);
  });

  test('a matrix that is not positive definite is reported, not factored', () => {
    expect(factorCholesky({ rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 1) }, 0)).toBeNull();
  });
});

describe('eigenvalues', () => {
  test("agree with LAPACK's on an indefinite matrix", () => {
    const data = Float64Array.of(4, 1, -2, 2, 1, 2, 0, 1, -2, 0, 3, -2, 2, 1, -2, -1);
    const expected = [6.844621107234966, 2.2685314064312423, 1.0843644637732177, -2.197516977439427];
    expect(
      largestDifference(computeSymmetricEigenvalues({ rows: 4, columns: 4, data }), expected),
    ).toBeLessThan(1e-12);
  });

  test('of a 90-dimensional Gram matrix keep its trace and its squared norm', () => {
    const gram = computeGram(randomMatrix(90, 40, 5));
    const values = computeSymmetricEigenvalues(gram);
    const trace = Array.from({ length: 90 }, (_, i) => gram.data[i * 91]!).reduce((a, b) => a + b, 0);
    const squares = gram.data.reduce((sum, value) => sum + value * value, 0);
    expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(trace, 8);
    expect(values.reduce((sum, value) => sum + value * value, 0) / squares).toBeCloseTo(1, 12);
    expect(values.slice(40).every((value) => Math.abs(value) < 1e-10)).toBe(true);
  });

  test('diagonal, repeated and empty spectra are handled', () => {
    const data = new Float64Array(25);
    for (const [i, value] of [3, -1, 3, 0, 2].entries()) data[i * 6] = value;
    expect(Array.from(computeSymmetricEigenvalues({ rows: 5, columns: 5, data }))).toEqual([3, 3, 2, 0, -1]);
    expect(computeSymmetricEigenvalues({ rows: 0, columns: 0, data: new Float64Array(0) })).toHaveLength(0);
  });
});
