// The three networks of a step, each from the step's inputs and state.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../runtime/program.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import { noiseFromInputs, noNoise } from '../nn/noise.ts';
import { encodeImages, encodeVisiblePatches } from '../model/encoder.ts';
import { predictTokens } from '../model/predictor.ts';
import type { TokenChoice } from '../model/transformer.ts';
import { withoutPrefix } from '../model/weightNames.ts';
import { contextPrefix, predictorPrefix, targetPrefix } from './pretrainState.ts';
import { contextNoisePrefix, placeNames, predictorNoisePrefix } from './stepPlan.ts';
import type { StepPlan } from './stepPlan.ts';

/** The dropped tokens, where the plan computes only these in the end; else undefined. */
export function droppedChoice(plan: StepPlan, inputs: NamedTensors): TokenChoice | undefined {
  if (plan.structure === 'dense') return undefined;
  return { rows: inputs[placeNames.droppedRows]!, inverse: inputs[placeNames.droppedRowsInverse]! };
}

/**
 * The target encoder sees the whole image, is not trained and has no dropout. Returns [B, N, D] (or [B, M, D] for a
 * choice), layer-normalised, owned by the caller.
 */
export function computeTargetTokens(
  plan: StepPlan,
  inputs: NamedTensors,
  state: NamedTensors,
  choice?: TokenChoice,
): Tensor {
  const weights = withoutPrefix(state, targetPrefix);
  return layerNorm(
    encodeImages(plan.config.model, weights, inputs['targetImages']!, { noise: noNoise, choice }),
  );
}

/** The context encoder sees the kept patches only. Returns [B, N, D], owned by the caller. */
export function computeContextTokens(plan: StepPlan, inputs: NamedTensors, state: NamedTensors): Tensor {
  const { model } = plan.config;
  const weights = withoutPrefix(state, contextPrefix);
  const noise = noiseFromInputs(plan.noiseSites, inputs, contextNoisePrefix);
  if (plan.structure === 'dense') {
    return encodeImages(model, weights, inputs['contextImages']!, { keepMask: inputs['keepMask']!, noise });
  }
  const placement = {
    source: inputs[placeNames.source]!,
    tokenPlaces: inputs[placeNames.kept]!,
    fillerPlaces: inputs[placeNames.dropped]!,
  };
  return encodeVisiblePatches(model, weights, inputs, { placement, noise });
}

/**
 * The predictor's guess at the target tokens. contextTokens: [B, N, D]; returns [B, N, D] (or [B, M, D] for a choice),
 * owned by the caller.
 */
export function computePredictedTokens(
  plan: StepPlan,
  inputs: NamedTensors,
  state: NamedTensors,
  contextTokens: Tensor,
  choice?: TokenChoice,
): Tensor {
  const noise = noiseFromInputs(plan.noiseSites, inputs, predictorNoisePrefix);
  return predictTokens(plan.config.model, withoutPrefix(state, predictorPrefix), contextTokens, {
    noise,
    choice,
  });
}
