// What the programs that learn from labels share: cross-entropy, gradients, one AdamW update. Pure; see Program.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import type { NamedTensors, ProgramResult, TensorSpec } from '../runtime/program.ts';
import { adamWInputSpecs, adamWUpdate, finiteFactor, globalNorm, weightDecays } from '../nn/adamW.ts';
import type { AdamWConstants } from '../nn/adamW.ts';
import { crossEntropy } from './heads/crossEntropy.ts';

/** PyTorch's defaults, as the official heads use them. */
export const classifierAdamW: AdamWConstants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const firstMoment = 'adamM/';
const secondMoment = 'adamV/';

/** Weights under a prefix; those of no elements (a SwiGLU of width 0) take no part and are left out. */
export function prefixWeights(specs: readonly TensorSpec[], prefix: string): TensorSpec[] {
  return specs
    .filter(({ shape }) => !shape.includes(0))
    .map(({ name, shape, type }) => ({ name: prefix + name, shape, type }));
}

/** Inputs every such program has besides its images or tokens and its dropout: soft labels and AdamW's numbers. */
export function classifierInputSpecs(batchSize: number, classCount: number): TensorSpec[] {
  return [{ name: 'targets', shape: [batchSize, classCount], type: 'float32' }, ...adamWInputSpecs];
}

/** The weights and, under `adamM/` and `adamV/`, their moments. */
export function classifierStateSpecs(weights: readonly TensorSpec[]): TensorSpec[] {
  return ['', firstMoment, secondMoment].flatMap((prefix) =>
    weights.map(({ name, shape, type }) => ({ name: prefix + name, shape, type })),
  );
}

/** Complete first state for given weights: moments are zero. */
export function startClassifierState(
  weights: Readonly<Record<string, Float32Array>>,
): Record<string, Float32Array> {
  const state: Record<string, Float32Array> = {};
  for (const [name, values] of Object.entries(weights)) {
    state[name] = values;
    state[firstMoment + name] = new Float32Array(values.length);
    state[secondMoment + name] = new Float32Array(values.length);
  }
  return state;
}

/**
 * One step: loss of the logits [B, C] against inputs.targets, gradients of all `trainable` weights (each must matter to
 * the logits), AdamW. Output `loss` [1]; not-a-number gradients make every new value not a number.
 */
export function classifierStep(
  trainable: readonly TensorSpec[],
  inputs: NamedTensors,
  state: NamedTensors,
  logitsOf: (weights: NamedTensors) => Tensor,
): ProgramResult {
  const names = trainable.map(({ name }) => name);
  const evaluate = tf.valueAndGrads((...tensors: Tensor[]) => {
    const weights = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    return crossEntropy(logitsOf(weights), inputs['targets']!);
  });
  const { value, grads } = evaluate(names.map((name) => state[name]!));
  const scalars = {
    lr: inputs['lr']!,
    weightDecay: inputs['weightDecay']!,
    correction1: inputs['adamCorrection1']!,
    correction2: inputs['adamCorrection2']!,
    finite: finiteFactor(globalNorm(grads)),
  };
  const next: Record<string, Tensor> = {};
  trainable.forEach(({ name, shape }, i) => {
    const parameter = {
      weight: state[name]!,
      gradient: grads[i]!,
      firstMoment: state[firstMoment + name]!,
      secondMoment: state[secondMoment + name]!,
      decays: weightDecays(name, shape),
    };
    const update = adamWUpdate(parameter, scalars, classifierAdamW);
    next[name] = update.weight;
    next[firstMoment + name] = update.firstMoment;
    next[secondMoment + name] = update.secondMoment;
  });
  return { state: next, outputs: { loss: tf.reshape(value, [1]) } };
}

/** Soft labels [B, C] of class numbers: 1 − smoothing on the label, the rest spread over all classes. */
export function softenLabels(labels: Int32Array, classCount: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classCount).fill(smoothing / classCount);
  labels.forEach((label, i) => (targets[i * classCount + label]! += 1 - smoothing));
  return targets;
}
