// Gradients of a loss with respect to named weights, and their norms.
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { contextPrefix, predictorPrefix } from './pretrainState.ts';

export interface LossAndGradients {
  /** [] */
  readonly loss: Tensor;
  /** One for each trainable weight, of its shape. */
  readonly gradients: NamedTensors;
}

/**
 * The loss at the given weights and its gradients. `lossOf` receives the trainable weights by name and must depend on
 * each of them. Tensors are owned by the caller.
 */
export function computeGradients(
  trainable: readonly TensorSpec[],
  state: NamedTensors,
  lossOf: (weights: NamedTensors) => Scalar,
): LossAndGradients {
  const names = trainable.map((spec) => spec.name);
  const evaluate = tf.valueAndGrads((...tensors: Tensor[]) =>
    lossOf(Object.fromEntries(names.map((name, index) => [name, tensors[index]!]))),
  );
  const { value, grads } = evaluate(names.map((name) => state[name]!));
  return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])) };
}

export interface GradientNorms {
  /** [3]: tokenizer, transformer (of the context encoder), predictor. */
  readonly groups: Tensor;
  /** [1]: over everything. */
  readonly global: Tensor;
}

function groupOf(name: string): number {
  if (name.startsWith(predictorPrefix)) return 2;
  return name.startsWith(`${contextPrefix}tokenizer.`) ? 0 : 1;
}

/** Euclidean norms of the gradients by part of the model. Tensors are owned by the caller. */
export function gradientNorms(gradients: NamedTensors): GradientNorms {
  const sums: (Tensor | undefined)[] = [undefined, undefined, undefined];
  for (const [name, gradient] of Object.entries(gradients)) {
    const square = tf.reshape(tf.sum(tf.mul(gradient, gradient)), [1]);
    const group = groupOf(name);
    sums[group] = sums[group] ? tf.add(sums[group], square) : square;
  }
  const squares = tf.concat(sums as Tensor[], 0); // [3]
  return { groups: tf.sqrt(squares), global: tf.sqrt(tf.sum(squares, 0, true)) };
}
