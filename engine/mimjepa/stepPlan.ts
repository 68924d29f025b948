// What fixes the shapes of one training step: the configuration, how many patches stay visible, and how it is computed.
import type { RunConfig } from '../contract/config.ts';
import { keptPatchCount, patchCount } from '../contract/config.ts';
import type { TensorSpec } from '../runtime/program.ts';
import { adamWInputSpecs } from '../nn/adamW.ts';
import { noiseInputSpecs } from '../nn/noise.ts';
import type { NoiseSite } from '../nn/noise.ts';
import { transformerNoiseSites } from '../model/noiseSites.ts';
import { encoderShape, predictorShape } from '../model/transformer.ts';

export interface StepPlan {
  readonly config: RunConfig;
  readonly batchSize: number;
  /** K, visible patches of each image. */
  readonly keptCount: number;
  readonly noiseSites: readonly NoiseSite[];
}

export const contextNoisePrefix = 'noise/context/';
export const predictorNoisePrefix = 'noise/predictor/';

export interface PlanOptions {
  /** K where it is not the one that the masking implies. */
  readonly keptCount?: number;
}

/** The plan of a run's steps. */
export function planStep(config: RunConfig, options: PlanOptions = {}): StepPlan {
  const { model } = config;
  const { batchSize } = config.optimizer;
  return {
    config,
    batchSize,
    keptCount: options.keptCount ?? keptPatchCount(config),
    noiseSites: [
      ...transformerNoiseSites(model, encoderShape(model), { prefix: contextNoisePrefix, batchSize }),
      ...transformerNoiseSites(model, predictorShape(model), { prefix: predictorNoisePrefix, batchSize }),
    ],
  };
}

/** Everything that is fed on each step. */
export function stepInputSpecs(plan: StepPlan): TensorSpec[] {
  const { model } = plan.config;
  const images = [plan.batchSize, model.inChannels, model.imageSize, model.imageSize];
  return [
    { name: 'contextImages', shape: images, type: 'float32' },
    { name: 'targetImages', shape: images, type: 'float32' },
    { name: 'keepMask', shape: [plan.batchSize, patchCount(model)], type: 'float32' },
    ...adamWInputSpecs,
    { name: 'emaMomentum', shape: [1], type: 'float32' },
    ...noiseInputSpecs(plan.noiseSites),
  ];
}
