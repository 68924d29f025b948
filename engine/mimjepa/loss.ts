// MIM-JEPA's loss: smooth L1 between predicted and target tokens at the dropped patches.
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { smoothL1 } from '../nn/smoothL1.ts';

/** The official code adds this to sums and counts; it only matters for an image of which nothing is dropped. */
const officialEpsilon = 1e-8;

/**
 * predicted, target: [B, N, D] (target layer-normalised, no gradient); keepMask: float32 [B, N], 1 = keep. The mean over
 * D and over an image's dropped tokens, then over images. Returns a scalar, owned by the caller.
 * Reference: arXiv 2502.18056 §4.
 */
export function reconstructionLoss(predicted: Tensor, target: Tensor, keepMask: Tensor): Scalar {
  const [, count, width] = predicted.shape as [number, number, number];
  const dropMask = tf.sub(1, keepMask); // [B, N]
  const perToken = tf.sum(smoothL1(predicted, target), -1); // [B, N]
  const perImage = tf.div(tf.sum(tf.mul(perToken, dropMask), -1), width);
  const dropped = tf.add(tf.sum(dropMask, -1), officialEpsilon);
  const meanPerImage = tf.div(tf.add(perImage, (count * officialEpsilon) / width), dropped);
  return tf.mean(meanPerImage);
}

/** The same loss where both hold only the dropped tokens, equally many for each image: [B, M, D]. */
export function droppedTokensLoss(predicted: Tensor, target: Tensor): Scalar {
  return tf.mean(smoothL1(predicted, target));
}
