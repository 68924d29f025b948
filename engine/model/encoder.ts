// The encoder: tokenizer (SCOTT or patch embedding), mask embedding at dropped patches, transformer.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import type { NamedTensors } from '../runtime/program.ts';
import { noNoise } from '../nn/noise.ts';
import { patchEmbedding } from './patchEmbedding.ts';
import { scottTokenizer } from './scottTokenizer.ts';
import { encoderShape, runTransformer } from './transformer.ts';
import type { TrunkOptions } from './transformer.ts';
import { weightOf } from './weightNames.ts';

export interface EncodeOptions extends Partial<TrunkOptions> {
  /** float32 [B, N], 1 = keep. Absent: every patch is visible. */
  readonly keepMask?: Tensor;
}

/**
 * images: [B, C, S, S] float32, normalised. Returns tokens [B, N, D], owned by the caller. The patch embedding of `vit`
 * sees whole patches only, so it needs no mask; its dropped tokens are replaced afterwards.
 */
export function tokenizeImages(
  model: ModelConfig,
  weights: NamedTensors,
  images: Tensor,
  keepMask?: Tensor,
): Tensor {
  return model.tokenizer === 'scott'
    ? scottTokenizer(images, weights, keepMask)
    : patchEmbedding(images, weights);
}

/** Puts the mask embedding where keepMask [B, N] is 0. tokens: [B, N, D]; returns the same shape. */
export function hideDroppedTokens(tokens: Tensor, weights: NamedTensors, keepMask: Tensor): Tensor {
  const keep = tf.expandDims(keepMask, -1); // [B, N, 1]
  const embedding = weightOf(weights, 'transformer.msk_embed');
  return tf.add(tf.mul(tokens, keep), tf.mul(embedding, tf.sub(1, keep)));
}

/**
 * The whole encoder. images: [B, C, S, S]. Returns tokens [B, N, D], not layer-normalised, owned by the caller; with a
 * choice of M tokens, [B, M, D]. Reference: arXiv 2502.18056 §3.
 */
export function encodeImages(
  model: ModelConfig,
  weights: NamedTensors,
  images: Tensor,
  { keepMask, noise = noNoise, choice }: EncodeOptions = {},
): Tensor {
  const tokens = tokenizeImages(model, weights, images, keepMask);
  const visible = keepMask ? hideDroppedTokens(tokens, weights, keepMask) : tokens;
  return runTransformer(visible, weights, encoderShape(model), { noise, choice });
}
