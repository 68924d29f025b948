import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { droppedTokensLoss, reconstructionLoss } from '../../../engine/mimjepa/loss.ts';
import { expectClose, expectGradient, expectTidy, sampleTensor } from '../nn/tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('the reconstruction loss', () => {
  const target = sampleTensor('target', [2, 3, 4]);

  test('averages over the dropped tokens of each image, then over images', () => {
    const predicted = tf.add(
      target,
      tf.tensor3d(
        [1, 2, 3, 4, 5, 6].flatMap((d) => [d, d, d, d]),
        [2, 3, 4],
      ),
    );
    const keepMask = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 1],
    ]);
    // A distance d ≥ 1 counts d − 1/2: the first image drops 2 and 3, the second only 4.
    expectClose(reconstructionLoss(predicted, target, keepMask), [((1.5 + 2.5) / 2 + 3.5) / 2], 1e-5);
  });

  test('does not look at kept tokens', () => {
    const keepMask = tf.tensor2d([
      [1, 0, 1],
      [1, 1, 0],
    ]);
    const predicted = sampleTensor('p', [2, 3, 4]);
    const changed = tf.add(predicted, tf.mul(tf.expandDims(keepMask, -1), 7));
    const loss = reconstructionLoss(predicted, target, keepMask).dataSync();
    expectClose(reconstructionLoss(changed, target, keepMask), loss, 0);
  });

  test('equals the loss of the dropped tokens alone where images drop equally many', () => {
    const keepMask = tf.tensor2d([
      [1, 0, 1],
      [1, 1, 0],
    ]);
    const predicted = sampleTensor('p', [2, 3, 4]);
    const pick = (x: tf.Tensor) =>
      tf.concat([tf.slice(x, [0, 1, 0], [1, 1, 4]), tf.slice(x, [1, 2, 0], [1, 1, 4])], 0);
    const loss = reconstructionLoss(predicted, target, keepMask).dataSync();
    expectClose(droppedTokensLoss(pick(predicted), pick(target)), loss, 1e-6);
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const keepMask = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 1],
    ]);
    const f = (predicted: tf.Tensor) => reconstructionLoss(predicted, target, keepMask);
    expectGradient((x) => f(x!), [sampleTensor('p', [2, 3, 4])]);
    expectTidy((x) => f(x!), [sampleTensor('p', [2, 3, 4])]);
    expect(f(target).shape).toEqual([]);
  });
});
