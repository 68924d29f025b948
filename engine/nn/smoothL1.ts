// The smooth-L1 distance, elementwise, with its gradient as a clip.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * d²/2 where |d| < 1, else |d| − 1/2, with d = prediction − target; same shapes, elementwise. Only the prediction gets a
 * gradient. Returns the shape of prediction, owned by the caller.
 */
export function smoothL1(prediction: Tensor, target: Tensor): Tensor {
  const distance = tf.customGrad((input, save) => {
    const difference = tf.sub(input as Tensor, target);
    const clipped = tf.clipByValue(difference, -1, 1);
    (save as tf.GradSaveFunc)([clipped]);
    // With c the clipped difference, c · (d − c/2) is d²/2 inside and |d| − 1/2 outside.
    const value = tf.mul(clipped, tf.sub(difference, tf.mul(clipped, 0.5)));
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, saved[0]!) };
  });
  return distance(prediction);
}
