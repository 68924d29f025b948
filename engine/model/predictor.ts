// The predictor: a narrow stack of blocks on the context tokens, then a head that guesses the target tokens.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { silu } from '../nn/activation.ts';
import { affineLayerNorm } from '../nn/layerNorm.ts';
import { linear } from '../nn/linear.ts';
import { predictorShape, runTransformer, transformerWeightSpecs } from './transformer.ts';
import type { TrunkOptions } from './transformer.ts';
import { weightOf } from './weightNames.ts';

/** The predictor's weights. Its trunk has a mask embedding of its own, which nothing uses and which gets no gradient. */
export function predictorWeightSpecs(model: ModelConfig): TensorSpec[] {
  const width = model.embedDim;
  return [
    ...transformerWeightSpecs(predictorShape(model)),
    { name: 'head.1.weight', shape: [width], type: 'float32' },
    { name: 'head.1.bias', shape: [width], type: 'float32' },
    { name: 'head.2.weight', shape: [width, width], type: 'float32' },
    { name: 'head.2.bias', shape: [width], type: 'float32' },
  ];
}

/** True for the predictor's weights that take part in its function. */
export function isPredictorWeightUsed(name: string): boolean {
  return name !== 'transformer.msk_embed';
}

/**
 * contextTokens: [B, N, D]. Returns predicted target tokens [B, N, D] (or [B, M, D] for a choice of M), owned by the
 * caller.
 */
export function predictTokens(
  model: ModelConfig,
  weights: NamedTensors,
  contextTokens: Tensor,
  options: TrunkOptions,
): Tensor {
  const tokens = runTransformer(contextTokens, weights, predictorShape(model), options);
  const weight = (name: string) => weightOf(weights, `head.${name}`);
  const normalised = affineLayerNorm(silu(tokens), weight('1.weight'), weight('1.bias'));
  return linear(normalised, weight('2.weight'), weight('2.bias'));
}
