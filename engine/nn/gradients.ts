// Gradients of a loss with respect to named weights.
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';

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
