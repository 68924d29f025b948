// Anti-aliased pooling (max, then a binomial blur of stride 2), on channels-last maps.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

/** Weights of the blur along one axis; the two-dimensional kernel is their outer product. */
export const blurWeights = [0.25, 0.5, 0.25] as const;

/** [3, 3, C, 1] */
function blurKernel(channels: number): Tensor4D {
  const values = new Float32Array(9 * channels);
  for (let tap = 0; tap < 9; tap++) {
    const weight = blurWeights[Math.floor(tap / 3)]! * blurWeights[tap % 3]!;
    values.fill(weight, tap * channels, (tap + 1) * channels);
  }
  return tf.tensor4d(values, [3, 3, channels, 1]);
}

/**
 * Maximum over 2×2 neighbourhoods (stride 1, no padding: the map shrinks by one), then a 3×3 binomial blur of stride 2
 * with one ring of zeros. x: [B, H, W, C]; returns [B, floor(H/2), floor(W/2), C] for even H and W, owned by the caller.
 */
export function maxBlurPool(x: Tensor): Tensor4D {
  const largest = tf.maxPool(x as Tensor4D, 2, 1, 'valid'); // [B, H−1, W−1, C]
  return tf.depthwiseConv2d(largest, blurKernel(x.shape[3]!), 2, 1);
}
