// The classification loss.
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Mean over the batch of −Σ target · log softmax(logits). logits: [B, C]; targets: [B, C] float32, rows summing to 1
 * (one-hot, or softened). Returns a scalar, owned by the caller.
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Scalar {
  const logProbabilities = tf.logSoftmax(logits);
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, logProbabilities), -1)));
}
