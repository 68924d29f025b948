// Programs that expose what a training step computes inside, so that it can be compared with reference values. They are
// made of the very functions that the training step is made of.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors, Program, TensorSpec } from '../runtime/program.ts';
import { placeRows } from '../nn/gatherRows.ts';
import { tokenizeImages, tokenizeVisible } from '../model/encoder.ts';
import { withoutPrefix, withPrefix } from '../model/weightNames.ts';
import { contextPrefix, firstMomentPrefix, pretrainStateSpecs, secondMomentPrefix } from './pretrainState.ts';
import { computeContextTokens, computePredictedTokens, computeTargetTokens } from './stepForward.ts';
import { placeNames, stepInputSpecs } from './stepPlan.ts';
import type { StepPlan } from './stepPlan.ts';
import { computeLearning } from './trainStep.ts';

/** Optimiser scalars take no part in what these programs compute. */
function isUsed({ name }: TensorSpec): boolean {
  return !['lr', 'weightDecay', 'adamCorrection1', 'adamCorrection2', 'emaMomentum'].includes(name);
}

function isWeight({ name }: TensorSpec): boolean {
  return !name.startsWith(firstMomentPrefix) && !name.startsWith(secondMomentPrefix);
}

/**
 * Tokenizer output with the keep mask, [B, N, D], zero where SCOTT's patches are dropped. The patch embedding of `vit` knows
 * no mask: all its tokens.
 */
function maskedTokenizerTokens(
  plan: StepPlan,
  inputs: NamedTensors,
  weights: NamedTensors,
  images: Tensor,
): Tensor {
  const { model } = plan.config;
  if (model.tokenizer === 'vit') return tokenizeImages(model, weights, images);
  if (plan.structure === 'dense') {
    return tokenizeImages(model, weights, images, inputs['keepMask']!);
  }
  const placed = placeRows(tokenizeVisible(model, weights, inputs), tf.zeros([1, model.embedDim]), {
    source: inputs[placeNames.source]!,
    tokenPlaces: inputs[placeNames.kept]!,
    fillerPlaces: inputs[placeNames.dropped]!,
  });
  return tf.reshape(placed, [plan.batchSize, -1, model.embedDim]);
}

/**
 * Outputs of every stage of a step's forward pass at all tokens: tokenizer, context, target, predicted. Takes the whole
 * context images besides a step's inputs, because the tokenizer is also run without a keep mask.
 */
export function forwardProgram(plan: StepPlan): Program {
  const { inChannels, imageSize } = plan.config.model;
  const shape = [plan.batchSize, inChannels, imageSize, imageSize];
  const images: TensorSpec = { name: 'contextImages', shape, type: 'float32' };
  return {
    name: 'forward',
    inputs: [...stepInputSpecs(plan).filter((spec) => isUsed(spec) && spec.name !== images.name), images],
    state: pretrainStateSpecs(plan.config.model).filter(isWeight),
    build: (inputs, state) => {
      const context = withoutPrefix(state, contextPrefix);
      const whole = inputs[images.name]!;
      const contextTokens = computeContextTokens(plan, inputs, state);
      return {
        state: {},
        outputs: {
          tokenizerMasked: maskedTokenizerTokens(plan, inputs, context, whole),
          tokenizerFull: tokenizeImages(plan.config.model, context, whole),
          contextTokens,
          targetTokens: computeTargetTokens(plan, inputs, state),
          predictedTokens: computePredictedTokens(plan, inputs, state, contextTokens),
        },
      };
    },
  };
}

/** Loss and all gradients of a step, by the training step's own path: outputs `loss` and `grad/<weight>`. */
export function gradientProgram(plan: StepPlan): Program {
  return {
    name: 'gradients',
    inputs: stepInputSpecs(plan).filter(isUsed),
    state: pretrainStateSpecs(plan.config.model).filter(isWeight),
    build: (inputs, state) => {
      const { loss, gradients } = computeLearning(plan, inputs, state);
      return { state: {}, outputs: { loss: tf.reshape(loss, [1]), ...withPrefix(gradients, 'grad/') } };
    },
  };
}
