// Convolution with PyTorch's weight layout, on channels-last maps.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

export interface ConvolutionShape {
  readonly stride: number;
  /** Zeros added on each side. */
  readonly padding: number;
}

/**
 * x: [B, H, W, Cin] float32; weight: [Cout, Cin, k, k] (OIHW), no bias. Returns [B, H', W', Cout] with
 * H' = floor((H + 2 · padding − k) / stride) + 1, owned by the caller.
 */
export function convolution(x: Tensor, weight: Tensor, { stride, padding }: ConvolutionShape): Tensor4D {
  const filter = tf.transpose(weight as Tensor4D, [2, 3, 1, 0]); // HWIO
  return tf.conv2d(x as Tensor4D, filter, stride, padding);
}
