// The encoder: tokenizer (SCOTT or patch embedding), mask embedding at dropped patches, transformer.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import { patchCount } from '../contract/config.ts';
import type { NamedTensors } from '../runtime/program.ts';
import { placeRows } from '../nn/gatherRows.ts';
import type { RowPlacement } from '../nn/gatherRows.ts';
import { noNoise } from '../nn/noise.ts';
import { embedPatches, patchEmbedding } from './patchEmbedding.ts';
import { scottTokenizer } from './scottTokenizer.ts';
import { tokenizeVisiblePatches } from './visibleTokenizer.ts';
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

/** Tokens of the visible patches of a batch, image by image: [V, D], owned by the caller. inputs: as encodeVisiblePatches. */
export function tokenizeVisible(model: ModelConfig, weights: NamedTensors, inputs: NamedTensors): Tensor {
  return model.tokenizer === 'scott'
    ? tokenizeVisiblePatches(inputs, weights)
    : embedPatches(inputs['visible/patches']!, weights);
}

/**
 * The encoder from its visible patches alone. inputs: what tokenizeVisiblePatches or embedPatches takes, and `placement`,
 * where tokens go in the batch's B·N places. Returns [B, N, D] (or [B, M, D] for a choice), owned by the caller. Equal to
 * encodeImages with the keep mask.
 */
export function encodeVisiblePatches(
  model: ModelConfig,
  weights: NamedTensors,
  inputs: NamedTensors,
  { placement, noise, choice }: TrunkOptions & { readonly placement: RowPlacement },
): Tensor {
  const visible = tokenizeVisible(model, weights, inputs);
  const filler = tf.reshape(weightOf(weights, 'transformer.msk_embed'), [1, model.embedDim]);
  const placed = placeRows(visible, filler, placement); // [B·N, D]
  const tokens = tf.reshape(placed, [-1, patchCount(model), model.embedDim]);
  return runTransformer(tokens, weights, encoderShape(model), { noise, choice });
}
