// Exponential moving average of weights.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * momentum · average + (1 − momentum) · current. average, current: same shape; momentum: float32 [1], 0 … 1; finite: see
 * finiteFactor. Returns the shape of average, owned by the caller.
 */
export function movingAverage(average: Tensor, current: Tensor, momentum: Tensor, finite: Tensor): Tensor {
  return tf.add(tf.mul(average, tf.mul(momentum, finite)), tf.mul(current, tf.sub(1, momentum)));
}
