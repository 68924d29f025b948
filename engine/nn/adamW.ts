// One AdamW update (decoupled weight decay), written so that an executor may overwrite weights and moments in place.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorSpec } from '../runtime/program.ts';

/** Scalars of one step, each a float32 tensor of shape [1]. */
export interface AdamWScalars {
  readonly lr: Tensor;
  readonly weightDecay: Tensor;
  /** 1 − beta1^t with t counted from 1. */
  readonly correction1: Tensor;
  /** 1 − beta2^t */
  readonly correction2: Tensor;
  /** Exactly 1 while the gradients are finite (see finiteFactor), else not a number. */
  readonly finite: Tensor;
}

export interface AdamWConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface AdamWParameter {
  readonly weight: Tensor;
  readonly gradient: Tensor;
  /** Σ beta1^age · gradient: the first moment divided by 1 − beta1, which saves a pass over it. Starts at 0. */
  readonly firstMoment: Tensor;
  /** Σ beta2^age · gradient²: the second moment divided by 1 − beta2. Starts at 0. */
  readonly secondMoment: Tensor;
  readonly decays: boolean;
}

export interface AdamWUpdate {
  readonly weight: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/** The official rule: biases (by name) and one-dimensional tensors are not decayed. */
export function weightDecays(name: string, shape: readonly number[]): boolean {
  return !name.includes('bias') && shape.length !== 1;
}

/** Square root of the sum of all squares. Returns a float32 tensor of shape [1], owned by the caller. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  const squares = tensors.map((tensor) => tf.reshape(tf.sum(tf.mul(tensor, tensor)), [1]));
  return tf.sqrt(squares.reduce((total, square) => tf.add(total, square)));
}

/**
 * Exactly 1 for a finite norm, not a number otherwise. Everything written in a step is multiplied by it: so each write
 * depends on every gradient, hence on every read, and a step that went wrong cannot pass unseen.
 */
export function finiteFactor(norm: Tensor): Tensor {
  return tf.add(tf.mul(norm, 0), 1);
}

/** Below this a learning rate counts as 0: it would only be divided by. */
const smallestLearningRate = 1e-20;

/**
 * The new weight and moments, shapes as given, owned by the caller. All factors are folded into scalars before they meet a
 * big tensor: the memory these passes move is what an update costs.
 */
export function adamWUpdate(
  parameter: AdamWParameter,
  scalars: AdamWScalars,
  { beta1, beta2, epsilon }: AdamWConstants,
): AdamWUpdate {
  const { weight, gradient, decays } = parameter;
  const firstMoment = tf.add(tf.mul(parameter.firstMoment, tf.mul(scalars.finite, beta1)), gradient);
  const square = tf.mul(gradient, gradient);
  const secondMoment = tf.add(tf.mul(parameter.secondMoment, tf.mul(scalars.finite, beta2)), square);
  // lr · m̂ / (sqrt(v̂) + epsilon) = firstMoment / (sqrt(secondMoment) · slope + floor)
  const stepSize = tf.mul(tf.maximum(scalars.lr, smallestLearningRate), 1 - beta1);
  const inverse = tf.div(scalars.correction1, stepSize);
  const slope = tf.mul(inverse, tf.div(Math.sqrt(1 - beta2), tf.sqrt(scalars.correction2)));
  const floor = tf.mul(inverse, epsilon);
  const moved = tf.div(firstMoment, tf.add(tf.mul(tf.sqrt(secondMoment), slope), floor));
  const shrink = decays ? tf.sub(scalars.finite, tf.mul(scalars.lr, scalars.weightDecay)) : scalars.finite;
  return { weight: tf.sub(tf.mul(weight, shrink), moved), firstMoment, secondMoment };
}

/** The scalar inputs that a program with AdamW needs. */
export const adamWInputSpecs: readonly TensorSpec[] = [
  { name: 'lr', shape: [1], type: 'float32' },
  { name: 'weightDecay', shape: [1], type: 'float32' },
  { name: 'adamCorrection1', shape: [1], type: 'float32' },
  { name: 'adamCorrection2', shape: [1], type: 'float32' },
];

/** Values of adamWInputSpecs at a step counted from 0. lr and weightDecay: of this step. */
export function computeAdamWInputs(
  step: number,
  lr: number,
  weightDecay: number,
  { beta1, beta2 }: AdamWConstants,
): Record<string, Float32Array> {
  return {
    lr: Float32Array.of(lr),
    weightDecay: Float32Array.of(weightDecay),
    adamCorrection1: Float32Array.of(1 - beta1 ** (step + 1)),
    adamCorrection2: Float32Array.of(1 - beta2 ** (step + 1)),
  };
}
