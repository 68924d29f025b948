// Linear layers with PyTorch's weight layout.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * y = x · weightᵀ + bias. x: [..., in] float32; weight: [out, in]; bias: [out]. Returns [..., out], owned by the caller.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [outWidth, inWidth] = weight.shape as [number, number];
  const rows: Tensor2D = tf.reshape(x, [-1, inWidth]);
  const product = tf.matMul(rows, weight as Tensor2D, false, true);
  const shifted = bias ? tf.add(product, bias) : product;
  return tf.reshape(shifted, [...x.shape.slice(0, -1), outWidth]);
}
