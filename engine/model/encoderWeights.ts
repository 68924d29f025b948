// The encoder's weights: names, shapes, initial values.
import type { ModelConfig } from '../contract/config.ts';
import type { TensorSpec } from '../runtime/program.ts';
import { sampleInitialWeights } from './initialWeights.ts';
import { patchEmbeddingSpecs } from './patchEmbedding.ts';
import { scottTokenizerSpecs } from './scottTokenizer.ts';
import { encoderShape, transformerWeightSpecs } from './transformer.ts';

/**
 * Names and shapes of the encoder's weights, PyTorch's layouts (convolutions OIHW, linear layers [out, in]). The
 * feed-forward weights of a SwiGLU of width 0 are there, with 0 elements.
 */
export function encoderWeightSpecs(model: ModelConfig): TensorSpec[] {
  const tokenizer = model.tokenizer === 'scott' ? scottTokenizerSpecs(model) : patchEmbeddingSpecs(model);
  return [...tokenizer, ...transformerWeightSpecs(encoderShape(model))];
}

/** Official initialisation by name; also the "random weights" baseline. Same seed, same values. */
export function sampleEncoderWeights(model: ModelConfig, seed: number): Record<string, Float32Array> {
  return sampleInitialWeights(encoderWeightSpecs(model), 'encoder', [0], seed);
}
