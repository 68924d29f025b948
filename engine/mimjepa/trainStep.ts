// One step of MIM-JEPA, from images to new weights, in the paper's order (arXiv 2502.18056 §4). Start reading here.
// Pure: the same inputs and state give the same result. What varies by chance (keep masks, dropout) comes in as inputs.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors, ProgramResult } from '../runtime/program.ts';
import { adamWUpdate, finiteFactor, weightDecays } from '../nn/adamW.ts';
import type { AdamWConstants, AdamWScalars } from '../nn/adamW.ts';
import type { OptimizerConfig } from '../contract/config.ts';
import { computeGradients } from '../nn/gradients.ts';
import type { LossAndGradients } from '../nn/gradients.ts';
import { movingAverage } from '../nn/movingAverage.ts';
import { gradientNorms } from './gradientNorms.ts';
import { findLossScale, skipOverflow } from './lossScale.ts';
import { droppedTokensLoss, reconstructionLoss } from './loss.ts';
import {
  averagedNames,
  contextPrefix,
  firstMomentPrefix,
  secondMomentPrefix,
  targetPrefix,
  trainableSpecs,
} from './pretrainState.ts';
import {
  computeContextTokens,
  computePredictedTokens,
  computeTargetTokens,
  droppedChoice,
} from './stepForward.ts';
import type { StepPlan } from './stepPlan.ts';

export interface StepLearning extends LossAndGradients {
  /** What had to be predicted: [B, M, D] at dropped tokens, or [B, N, D] in a dense step. */
  readonly targetTokens: Tensor;
  /** [1]: what the gradients are still to be multiplied by; undefined where that is 1. The loss is as it is. */
  readonly unscale: Tensor | undefined;
}

/** The first half of a step: what there is to learn from a batch. Tensors are owned by the caller. */
export function computeLearning(plan: StepPlan, inputs: NamedTensors, state: NamedTensors): StepLearning {
  const dropped = droppedChoice(plan, inputs);

  // 1. Target tokens: what the predictor must guess.
  const targetTokens = computeTargetTokens(plan, inputs, state, dropped);

  const scale = findLossScale(state);
  const learned = computeGradients(trainableSpecs(plan.config.model), state, (weights) => {
    const learning = { ...state, ...weights };
    // 2. Context tokens: from the kept patches of the other view.
    const contextTokens = computeContextTokens(plan, inputs, learning);
    // 3. Prediction of the dropped tokens from the context.
    const predicted = computePredictedTokens(plan, inputs, learning, contextTokens, dropped);
    // 4. Loss, on dropped tokens only.
    const loss = dropped
      ? droppedTokensLoss(predicted, targetTokens)
      : reconstructionLoss(predicted, targetTokens, inputs['keepMask']!);
    return scale ? tf.mul(loss, tf.reshape(scale, [])) : loss;
  });
  // 5. Gradients: computeGradients has gone back through 4, 3 and 2.
  if (scale === undefined) return { ...learned, targetTokens, unscale: undefined };
  const unscale = tf.reciprocal(scale);
  return { ...learned, loss: tf.mul(learned.loss, tf.reshape(unscale, [])), targetTokens, unscale };
}

/**
 * One step. inputs: as stepInputSpecs(plan); state: as pretrainStateSpecs. Returns new values for all state that learns,
 * and outputs `loss` [1], `gradNorms` [3] (tokenizer, transformer, predictor) and `targetSpread` [1], the standard
 * deviation of the target tokens over the batch, averaged over D: near 0 when they have collapsed. Not-a-number gradients
 * make every new value not a number; the caller stops on a loss or norm that is not finite. In mixed precision such a step
 * is left out instead (lossScale.ts).
 */
export function trainStep(plan: StepPlan, inputs: NamedTensors, state: NamedTensors): ProgramResult {
  return applyLearning(plan, inputs, state, computeLearning(plan, inputs, state));
}

/** The second half of a step: new weights and moments from gradients. Takes and returns what trainStep does. */
export function applyLearning(
  plan: StepPlan,
  inputs: NamedTensors,
  state: NamedTensors,
  learning: StepLearning,
): ProgramResult {
  const { model, optimizer } = plan.config;
  const { loss, targetTokens } = learning;
  const gradients = unscaledGradients(learning);

  // The norm of all gradients guards every write below.
  const norms = gradientNorms(gradients);
  const finite = finiteFactor(norms.global);

  // 6. AdamW on context encoder and predictor.
  const scalars = adamWScalars(inputs, finite);
  const constants = adamWConstants(optimizer);
  const next: Record<string, Tensor> = {};
  for (const { name, shape } of trainableSpecs(model)) {
    const update = adamWUpdate(
      {
        weight: state[name]!,
        gradient: gradients[name]!,
        firstMoment: state[firstMomentPrefix + name]!,
        secondMoment: state[secondMomentPrefix + name]!,
        decays: weightDecays(name, shape),
      },
      scalars,
      constants,
    );
    next[name] = update.weight;
    next[firstMomentPrefix + name] = update.firstMoment;
    next[secondMomentPrefix + name] = update.secondMoment;
  }

  // 7. The target encoder follows the new context encoder.
  for (const name of averagedNames(model)) {
    const average = state[targetPrefix + name]!;
    const current = next[contextPrefix + name]!;
    next[targetPrefix + name] = movingAverage(average, current, inputs['emaMomentum']!, finite);
  }

  const outputs = {
    loss: tf.reshape(loss, [1]),
    gradNorms: norms.groups,
    targetSpread: computeSpread(targetTokens),
  };
  return skipOverflow({ state: next, outputs }, state, norms.global);
}

/** The gradients of the loss itself. */
export function unscaledGradients({ gradients, unscale }: StepLearning): NamedTensors {
  if (unscale === undefined) return gradients;
  return Object.fromEntries(Object.entries(gradients).map(([name, each]) => [name, tf.mul(each, unscale)]));
}

/** The scalars of AdamW among a step's inputs. */
export function adamWScalars(inputs: NamedTensors, finite: Tensor): AdamWScalars {
  return {
    lr: inputs['lr']!,
    weightDecay: inputs['weightDecay']!,
    correction1: inputs['adamCorrection1']!,
    correction2: inputs['adamCorrection2']!,
    finite,
  };
}

export function adamWConstants(optimizer: OptimizerConfig): AdamWConstants {
  return { beta1: optimizer.adamBeta1, beta2: optimizer.adamBeta2, epsilon: optimizer.adamEpsilon };
}

/** Mean over D of the standard deviation over all tokens of the batch. tokens: [B, N, D]; returns [1]. */
export function computeSpread(tokens: Tensor): Tensor {
  const rows = tf.reshape(tokens, [-1, tokens.shape[2]!]);
  const centred = tf.sub(rows, tf.mean(rows, 0, true));
  const deviation = tf.sqrt(tf.mean(tf.mul(centred, centred), 0));
  return tf.reshape(tf.mean(deviation), [1]);
}
