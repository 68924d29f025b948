// Layer normalisation over the last axis, with a closed-form gradient (fewer operations than differentiating its parts).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** PyTorch's default; the paper's trunk uses it everywhere. */
export const layerNormEpsilon = 1e-5;

/**
 * (x − mean) / sqrt(variance + 1e-5) over the last axis, biased variance, no affine parameters.
 * x: [..., D] float32; returns the same shape, owned by the caller.
 */
export function layerNorm(x: Tensor): Tensor {
  const normalise = tf.customGrad((input, save) => {
    const source = input as Tensor;
    const centred = tf.sub(source, tf.mean(source, -1, true));
    const variance = tf.mean(tf.mul(centred, centred), -1, true);
    const inverse = tf.rsqrt(tf.add(variance, layerNormEpsilon));
    const value = tf.mul(centred, inverse);
    (save as tf.GradSaveFunc)([value, inverse]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [y, scale] = saved as [Tensor, Tensor];
      const alongMean = tf.mean(dy, -1, true);
      const alongValue = tf.mean(tf.mul(dy, y), -1, true);
      return tf.mul(tf.sub(tf.sub(dy, alongMean), tf.mul(y, alongValue)), scale);
    };
    return { value, gradFunc };
  });
  return normalise(x);
}

/** layerNorm(x) · weight + bias. x: [..., D]; weight, bias: [D]. Returns the shape of x, owned by the caller. */
export function affineLayerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  return tf.add(tf.mul(layerNorm(x), weight), bias);
}
