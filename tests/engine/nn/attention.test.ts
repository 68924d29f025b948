import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../../engine/nn/attention.ts';
import { noNoise } from '../../../engine/nn/noise.ts';
import { expectClose, expectGradient, expectTidy, sampleTensor } from './tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = { numHeads: 2, noise: noNoise, site: 'a' };

function run(queries: tf.Tensor, context: tf.Tensor, [query, key, value, projection]: readonly tf.Tensor[]) {
  return attention(
    queries,
    context,
    { query: query!, key: key!, value: value!, projection: projection! },
    options,
  );
}

/** The textbook formula, in loops. */
function naive(x: number[][], weights: readonly number[][][], heads: number): number[][] {
  const times = (rows: number[][], w: number[][]) =>
    rows.map((row) => w.map((out) => out.reduce((sum, value, i) => sum + value * row[i]!, 0)));
  const [q, k, v] = [0, 1, 2].map((index) => times(x, weights[index]!)) as [
    number[][],
    number[][],
    number[][],
  ];
  const size = x[0]!.length / heads;
  const mixed = x.map((_, i) => {
    const row: number[] = [];
    for (let head = 0; head < heads; head++) {
      const part = (rows: number[][], j: number) => rows[j]!.slice(head * size, (head + 1) * size);
      const scores = x.map((__, j) =>
        Math.exp(part(q, i).reduce((sum, value, d) => sum + value * part(k, j)[d]!, 0) / Math.sqrt(size)),
      );
      const total = scores.reduce((sum, score) => sum + score, 0);
      for (let d = 0; d < size; d++) {
        row.push(scores.reduce((sum, score, j) => sum + (score / total) * part(v, j)[d]!, 0));
      }
    }
    return row;
  });
  return times(mixed, weights[3]!);
}

describe('attention', () => {
  const weights = ['q', 'k', 'v', 'p'].map((name) => sampleTensor(name, [4, 4]));

  test('equals the textbook formula', () => {
    const x = sampleTensor('x', [1, 3, 4]);
    const expected = naive(
      (x.arraySync() as number[][][])[0]!,
      weights.map((weight) => weight.arraySync() as number[][]),
      2,
    );
    const { tokens, weights: probabilities } = run(x, x, weights);
    expectClose(tokens, expected.flat(), 1e-5);
    expect(probabilities.shape).toEqual([1, 2, 3, 3]);
    expectClose(tf.sum(probabilities, -1), new Float32Array(6).fill(1), 1e-6);
  });

  test('of some queries equals these rows of the whole', () => {
    const x = sampleTensor('x', [2, 5, 4]);
    const whole = run(x, x, weights).tokens;
    const some = run(tf.slice(x, [0, 1, 0], [2, 2, 4]), x, weights).tokens;
    expectClose(some, tf.slice(whole, [0, 1, 0], [2, 2, 4]).dataSync(), 1e-6);
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const inputs = [sampleTensor('x', [2, 3, 4]), ...weights];
    const f = (x: tf.Tensor, ...w: tf.Tensor[]) => run(x, x, w).tokens;
    expectGradient(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs, { step: 3e-3, tolerance: 1e-2 });
    expectTidy(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs);
  });

  test('refuses a width that the heads do not divide', () => {
    const x = sampleTensor('x', [1, 2, 3]);
    expect(() => run(x, x, weights)).toThrow(expect.objectContaining({ code: 'tensor.shape' }));
  });
});
