// SCOTT's convolutional tokenizer on whole feature maps: 7×7/2 convolution, ReLU, max-blur-pool, twice, so a stride of
// 16. With a keep mask, dropped patches are zero in the image and set to zero again after every layer that spreads. The
// visible-patches-only form of the same function is in visibleTokenizer.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { convolution } from '../nn/convolution.ts';
import { maxBlurPool } from '../nn/maxBlurPool.ts';
import { weightOf } from './weightNames.ts';

/** Channels after the first convolution. */
export const stemChannels = 64;
export const kernelSide = 7;
const layerShape = { stride: 2, padding: 3 } as const;

export const firstConvolutionName = 'tokenizer.tokenizer.0.weight';
export const secondConvolutionName = 'tokenizer.tokenizer.3.weight';

export function scottTokenizerSpecs(model: ModelConfig): TensorSpec[] {
  const side = kernelSide;
  return [
    { name: firstConvolutionName, shape: [stemChannels, model.inChannels, side, side], type: 'float32' },
    { name: secondConvolutionName, shape: [model.embedDim, stemChannels, side, side], type: 'float32' },
  ];
}

/** keepMask [B, N] → [B, g·scale, g·scale, 1], each patch's value repeated over scale × scale. */
function spreadMask(keepMask: Tensor, gridSide: number, scale: number): Tensor {
  const batch = keepMask.shape[0]!;
  const grid = tf.reshape(keepMask, [batch, gridSide, 1, gridSide, 1]);
  const spread = tf.mul(grid, tf.ones([1, 1, scale, 1, scale]));
  return tf.reshape(spread, [batch, gridSide * scale, gridSide * scale, 1]);
}

/**
 * images: [B, C, S, S] float32, S = 16·g; keepMask: float32 [B, g²], 1 = keep (absent: all). Returns tokens [B, g², D],
 * zero at dropped patches, owned by the caller. Reference: arXiv 2502.18056 §3.
 */
export function scottTokenizer(images: Tensor, weights: NamedTensors, keepMask?: Tensor): Tensor {
  const gridSide = images.shape[2]! / 16;
  const hide = (x: Tensor4D): Tensor4D =>
    keepMask ? tf.mul(x, spreadMask(keepMask, gridSide, x.shape[1] / gridSide)) : x;
  let x = hide(tf.transpose(images as Tensor4D, [0, 2, 3, 1])); // [B, S, S, C]
  for (const name of [firstConvolutionName, secondConvolutionName]) {
    x = hide(convolution(x, weightOf(weights, name), layerShape));
    x = hide(maxBlurPool(tf.relu(x)));
  }
  return tf.reshape(x, [x.shape[0], gridSide * gridSide, x.shape[3]]); // [B, N, D]
}
