import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { convolution } from '../../../engine/nn/convolution.ts';
import { gatherDistinctRows, placeRows } from '../../../engine/nn/gatherRows.ts';
import { maxBlurPool } from '../../../engine/nn/maxBlurPool.ts';
import { expectClose, expectGradient, expectTidy, sampleTensor } from './tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('convolution', () => {
  test('reads weights as [out, in, row, column]', () => {
    // A kernel that copies the pixel one to the right of the centre from the second channel.
    const weight = tf.buffer([1, 2, 3, 3]);
    weight.set(1, 0, 1, 1, 2);
    const x = sampleTensor('x', [1, 4, 4, 2]);
    const y = convolution(x, weight.toTensor(), { stride: 1, padding: 1 });
    const second = (x.arraySync() as number[][][][])[0]!.map((row) => row.map((pixel) => pixel[1]!));
    expectClose(
      y,
      second.flatMap((row) => [...row.slice(1), 0]),
      1e-6,
    );
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const inputs = [sampleTensor('x', [1, 6, 6, 2]), sampleTensor('w', [3, 2, 3, 3])];
    const f = (x: tf.Tensor, w: tf.Tensor) => convolution(x, w, { stride: 2, padding: 1 });
    expectGradient(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs);
    expectTidy(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs);
  });
});

describe('max-blur-pool', () => {
  test('takes 2 × 2 maxima, pads them with zeros and blurs with stride 2', () => {
    const values = Array.from({ length: 16 }, (_, index) => index);
    const y = maxBlurPool(tf.tensor4d(values, [1, 4, 4, 1]));
    // Maxima: [[5,6,7],[9,10,11],[13,14,15]].
    const corner = (4 * 5 + 2 * 6 + 2 * 9 + 10) / 16;
    const right = (2 * 6 + 4 * 7 + 10 + 2 * 11) / 16;
    const below = (2 * 9 + 10 + 4 * 13 + 2 * 14) / 16;
    const last = (10 + 2 * 11 + 2 * 14 + 4 * 15) / 16;
    expect(y.shape).toEqual([1, 2, 2, 1]);
    expectClose(y, [corner, right, below, last], 1e-6);
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const inputs = [sampleTensor('x', [1, 6, 6, 2], 3)];
    expectGradient((x) => maxBlurPool(x!), inputs, { step: 1e-3, tolerance: 2e-2 });
    expectTidy((x) => maxBlurPool(x!), inputs);
  });
});

describe('row gathers', () => {
  test('pick distinct rows, with the same gradient as a plain gather', () => {
    const rows = tf.tensor1d([3, 0], 'int32');
    const inverse = tf.tensor1d([1, 2, 2, 0], 'int32');
    const x = sampleTensor('x', [4, 3]);
    const f = (table: tf.Tensor) => gatherDistinctRows(table, rows, inverse);
    expectClose(f(x), tf.gather(x, rows).dataSync());
    expectGradient((table) => f(table!), [x]);
    expectTidy((table) => f(table!), [x]);
  });

  test('place tokens and fillers, with the gradients of both', () => {
    const placement = {
      source: tf.tensor1d([2, 1, 2, 0, 2], 'int32'),
      tokenPlaces: tf.tensor1d([3, 1], 'int32'),
      fillerPlaces: tf.tensor1d([0, 2, 4], 'int32'),
    };
    const f = (tokens: tf.Tensor, filler: tf.Tensor) => placeRows(tokens, filler, placement);
    const inputs = [
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([[9, 8]]),
    ];
    expectClose(f(inputs[0]!, inputs[1]!), [9, 8, 3, 4, 9, 8, 1, 2, 9, 8]);
    expectGradient(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs);
    expectTidy(f as (...tensors: tf.Tensor[]) => tf.Tensor, inputs);
  });
});
