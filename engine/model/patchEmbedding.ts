// The plain Vision Transformer's patch embedding: one linear map of each patch's pixels. The ablation of SCOTT.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { linear } from '../nn/linear.ts';
import { weightOf } from './weightNames.ts';

export const patchWeightName = 'tokenizer.proj.weight';
export const patchBiasName = 'tokenizer.proj.bias';

export function patchEmbeddingSpecs(model: ModelConfig): TensorSpec[] {
  const { embedDim, inChannels, patchSize } = model;
  return [
    { name: patchWeightName, shape: [embedDim, inChannels, patchSize, patchSize], type: 'float32' },
    { name: patchBiasName, shape: [embedDim], type: 'float32' },
  ];
}

/** patches: [R, C·P·P], channel by channel, each row by row. Returns [R, D], owned by the caller. */
export function embedPatches(patches: Tensor, weights: NamedTensors): Tensor {
  const weight = weightOf(weights, patchWeightName);
  const matrix = tf.reshape(weight, [weight.shape[0]!, -1]);
  return linear(patches, matrix, weightOf(weights, patchBiasName));
}

/** images: [B, C, S, S]; pixels beyond the last whole patch are ignored. Returns tokens [B, N, D], owned by the caller. */
export function patchEmbedding(images: Tensor, weights: NamedTensors): Tensor {
  const [batch, channels, side] = images.shape as [number, number, number, number];
  const patch = weightOf(weights, patchWeightName).shape[2]!;
  const grid = Math.floor(side / patch);
  const used =
    grid * patch === side ? images : tf.slice(images, [0, 0, 0, 0], [-1, -1, grid * patch, grid * patch]);
  const split = tf.transpose(
    tf.reshape(used, [batch, channels, grid, patch, grid, patch]),
    [0, 2, 4, 1, 3, 5],
  );
  const rows = tf.reshape(split, [batch * grid * grid, channels * patch * patch]);
  return tf.reshape(embedPatches(rows, weights), [batch, grid * grid, -1]);
}

/** Pixels of the visible patches, as embedPatches takes them. */
export function visiblePatchSpec(model: ModelConfig, visibleCount: number): TensorSpec {
  const shape = [visibleCount, model.inChannels * model.patchSize ** 2];
  return { name: 'visible/patches', shape, type: 'float32' };
}

/** Values of visiblePatchSpec. images: [B, C, S, S]; keepMasks: [B, N] bytes, 1 = visible. */
export function cutVisiblePatches(
  model: ModelConfig,
  images: Float32Array,
  keepMasks: Uint8Array,
): Float32Array {
  const { inChannels, patchSize, imageSize } = model;
  const grid = Math.floor(imageSize / patchSize);
  const visibleCount = keepMasks.reduce((count, keep) => count + keep, 0);
  const patches = new Float32Array(visibleCount * inChannels * patchSize ** 2);
  let next = 0;
  keepMasks.forEach((keep, index) => {
    if (keep === 0) return;
    const image = Math.floor(index / (grid * grid));
    const top = (Math.floor(index / grid) % grid) * patchSize;
    const left = (index % grid) * patchSize;
    for (let channel = 0; channel < inChannels; channel++) {
      for (let row = 0; row < patchSize; row++) {
        const start = ((image * inChannels + channel) * imageSize + top + row) * imageSize + left;
        patches.set(images.subarray(start, start + patchSize), next);
        next += patchSize;
      }
    }
  });
  return patches;
}
