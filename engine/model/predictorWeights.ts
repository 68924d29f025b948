// The predictor's initial values.
import type { ModelConfig } from '../contract/config.ts';
import { sampleInitialWeights } from './initialWeights.ts';
import { predictorWeightSpecs } from './predictor.ts';

/**
 * Official initialisation by name. The residual outputs are scaled down twice: once as a trunk of their own, once as the
 * continuation of the encoder's blocks.
 */
export function samplePredictorWeights(model: ModelConfig, seed: number): Record<string, Float32Array> {
  return sampleInitialWeights(predictorWeightSpecs(model), 'predictor', [0, model.depth], seed);
}
