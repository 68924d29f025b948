// The complete state of a pretraining run: three networks and AdamW's moments.
import type { ModelConfig } from '../contract/config.ts';
import type { TensorSpec } from '../runtime/program.ts';
import { encoderWeightSpecs } from '../model/encoderWeights.ts';
import { isPredictorWeightUsed, predictorWeightSpecs } from '../model/predictor.ts';
import { prefixSpecs } from '../model/weightNames.ts';

export const contextPrefix = 'context/';
export const targetPrefix = 'target/';
export const predictorPrefix = 'predictor/';
export const firstMomentPrefix = 'adamM/';
export const secondMomentPrefix = 'adamV/';

function hasElements(spec: TensorSpec): boolean {
  return spec.shape.every((side) => side > 0);
}

/** Weights that get a gradient: all of the context encoder and predictor but empty ones and the unused embedding. */
export function trainableSpecs(model: ModelConfig): TensorSpec[] {
  const predictor = predictorWeightSpecs(model).filter((spec) => isPredictorWeightUsed(spec.name));
  return [
    ...prefixSpecs(encoderWeightSpecs(model), contextPrefix),
    ...prefixSpecs(predictor, predictorPrefix),
  ].filter(hasElements);
}

/** Target encoder weights that follow the context encoder. */
export function averagedNames(model: ModelConfig): string[] {
  return encoderWeightSpecs(model)
    .filter(hasElements)
    .map((spec) => spec.name);
}

/** All state of the pretraining program, in a fixed order. Moments exist only for trainable weights. */
export function pretrainStateSpecs(model: ModelConfig): TensorSpec[] {
  const encoder = encoderWeightSpecs(model);
  const trainable = trainableSpecs(model);
  return [
    ...prefixSpecs(encoder, contextPrefix),
    ...prefixSpecs(encoder, targetPrefix),
    ...prefixSpecs(predictorWeightSpecs(model), predictorPrefix),
    ...prefixSpecs(trainable, firstMomentPrefix),
    ...prefixSpecs(trainable, secondMomentPrefix),
  ];
}
