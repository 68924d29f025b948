// The state before the first step.
import type { RunConfig } from '../contract/config.ts';
import { sampleEncoderWeights } from '../model/encoderWeights.ts';
import { samplePredictorWeights } from '../model/predictorWeights.ts';
import { withPrefix } from '../model/weightNames.ts';
import { firstLossScale } from './lossScale.ts';
import { emptySums } from './microBatches.ts';
import {
  contextPrefix,
  firstMomentPrefix,
  predictorPrefix,
  secondMomentPrefix,
  targetPrefix,
  trainableSpecs,
} from './pretrainState.ts';

/**
 * Every state tensor of pretrainProgram: official initialisation drawn from the run's seed, the target encoder a copy of
 * the context encoder, moments zero. The encoder equals sampleEncoderWeights of the same model and seed.
 */
export function samplePretrainState(config: RunConfig): Record<string, Float32Array> {
  const { model, seed } = config;
  const encoder = sampleEncoderWeights(model, seed);
  const target = Object.fromEntries(Object.entries(encoder).map(([name, values]) => [name, values.slice()]));
  return {
    ...withPrefix(encoder, contextPrefix),
    ...withPrefix(target, targetPrefix),
    ...withPrefix(samplePredictorWeights(model, seed), predictorPrefix),
    ...zeroMoments(config),
    ...firstLossScale(config),
    ...emptySums(config),
  };
}

/** AdamW's moments before the first step. */
export function zeroMoments(config: Pick<RunConfig, 'model'>): Record<string, Float32Array> {
  const moments: Record<string, Float32Array> = {};
  for (const { name, shape } of trainableSpecs(config.model)) {
    const count = shape.reduce((product, side) => product * side, 1);
    moments[firstMomentPrefix + name] = new Float32Array(count);
    moments[secondMomentPrefix + name] = new Float32Array(count);
  }
  return moments;
}
