// A convolution of stride 2 on scattered patches of a map: rows are gathered by index and multiplied once. Its input
// gradient gathers too; nothing is scattered.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

export interface ConvolutionMaps {
  /** int32 [Q·k²]: for each output pixel and tap (row by row) the row of x it reads; a zero row outside. */
  readonly taps: Tensor;
  /** int32 [P·readers]: for each row of x the (output · k² + tap) places that read it, filled up with a place of zeros. */
  readonly tapsInverse: Tensor;
}

/** [O, I, k, k] → [O, k·k·I], the order in which taps are gathered. */
function asMatrix(weight: Tensor): Tensor2D {
  const [outWidth, inWidth, side] = weight.shape as [number, number, number, number];
  const reordered = tf.transpose(weight as Tensor4D, [0, 2, 3, 1]);
  return tf.reshape(reordered, [outWidth, side * side * inWidth]);
}

/** The inverse of asMatrix. */
function asKernel(matrix: Tensor, shape: number[]): Tensor4D {
  const [outWidth, inWidth, side] = shape as [number, number, number, number];
  const taps = tf.transpose(tf.reshape(matrix, [outWidth, side * side, inWidth]), [0, 2, 1]);
  return tf.reshape(taps, shape as [number, number, number, number]);
}

/**
 * x: [P, I] float32, one row a pixel; weight: [O, I, k, k] (OIHW), no bias. Returns [Q, O], owned by the caller. Output
 * pixels whose gradient is zero and whose taps are zero rows may be used as filler in the maps.
 */
export function gatheredConvolution(x: Tensor, weight: Tensor, maps: ConvolutionMaps): Tensor2D {
  const [pixels, inWidth] = x.shape as [number, number];
  const tapCount = weight.shape[2]! * weight.shape[3]!;
  const convolve = tf.customGrad((input, kernel, save) => {
    const gathered = tf.gather(input as Tensor2D, maps.taps as Tensor1D);
    const columns: Tensor2D = tf.reshape(gathered, [-1, tapCount * inWidth]);
    const matrix = asMatrix(kernel as Tensor);
    (save as tf.GradSaveFunc)([columns, matrix]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [savedColumns, savedMatrix] = saved as [Tensor2D, Tensor2D];
      const dColumns = tf.matMul(dy as Tensor2D, savedMatrix);
      const read = tf.gather(tf.reshape(dColumns, [-1, inWidth]), maps.tapsInverse as Tensor1D);
      const dx = tf.sum(tf.reshape(read, [pixels, -1, inWidth]), 1);
      const dMatrix = tf.matMul(dy as Tensor2D, savedColumns, true, false);
      return [dx, asKernel(dMatrix, weight.shape)];
    };
    return { value: tf.matMul(columns, matrix, false, true), gradFunc };
  });
  return convolve(x, weight) as Tensor2D;
}
