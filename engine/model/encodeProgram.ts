// The program that turns images into frozen features.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import type { NamedTensors, Program } from '../runtime/program.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import { noNoise } from '../nn/noise.ts';
import { tokenizeImages } from './encoder.ts';
import { encoderWeightSpecs } from './encoderWeights.ts';
import { dropRegisters, encoderShape, prepareTokens, transformerBlock } from './transformer.ts';
import { prefixSpecs, withoutPrefix } from './weightNames.ts';

export interface EncodeProgramOptions {
  /** Which tokens to return: the tokenizer's, or a block's by its index, 0 … depth − 1. */
  readonly layers: readonly ('tokenizer' | number)[];
  /** Also return the last block's softmax weights. */
  readonly attention?: boolean;
}

function assertLayers(model: ModelConfig, layers: EncodeProgramOptions['layers']): void {
  for (const layer of layers) {
    if (layer === 'tokenizer' || (Number.isInteger(layer) && layer >= 0 && layer < model.depth)) continue;
    throw new EngineError(
      'request.invalid',
      `encode: expected "tokenizer" or a block 0 … ${model.depth - 1}, got ${layer}`,
    );
  }
}

/**
 * Input `images` [B, C, S, S] float32, normalised; state `encoder/<name>`. Outputs `tokens.<layer>` [B, N, D] for each
 * asked layer, layer-normalised (epsilon 1e-5), registers dropped; and `attention` [B, H, L, L] when asked, of the last
 * block over all L tokens (registers first). No dropout. Throws request.invalid for a layer that the model lacks.
 */
export function encodeProgram(model: ModelConfig, batchSize: number, options: EncodeProgramOptions): Program {
  assertLayers(model, options.layers);
  const { imageSize, inChannels } = model;
  return {
    name: 'encode',
    inputs: [{ name: 'images', shape: [batchSize, inChannels, imageSize, imageSize], type: 'float32' }],
    state: prefixSpecs(encoderWeightSpecs(model), 'encoder/'),
    build: (inputs, state) => ({
      state: {},
      outputs: encodeLayers(model, withoutPrefix(state, 'encoder/'), inputs['images']!, options),
    }),
  };
}

function encodeLayers(
  model: ModelConfig,
  weights: NamedTensors,
  images: Tensor,
  { layers, attention }: EncodeProgramOptions,
): NamedTensors {
  const shape = encoderShape(model);
  const outputs: Record<string, Tensor> = {};
  const tokens = tokenizeImages(model, weights, images);
  if (layers.includes('tokenizer')) outputs['tokens.tokenizer'] = layerNorm(tokens);
  const blocks = layers.filter((layer) => layer !== 'tokenizer');
  const deepest = attention ? shape.depth - 1 : Math.max(-1, ...blocks);
  let x = prepareTokens(tokens, weights, shape, noNoise);
  for (let index = 0; index <= deepest; index++) {
    const block = transformerBlock(x, weights, index, shape, { noise: noNoise });
    x = block.tokens;
    if (blocks.includes(index)) outputs[`tokens.${index}`] = layerNorm(dropRegisters(x, shape));
    if (attention && index === deepest) outputs['attention'] = block.attention;
  }
  return outputs;
}
