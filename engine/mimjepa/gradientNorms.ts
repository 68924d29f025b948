// Norms of the gradients, by part of the model.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../runtime/program.ts';
import { contextPrefix, predictorPrefix } from './pretrainState.ts';

export interface GradientNorms {
  /** [3]: tokenizer, transformer (of the context encoder), predictor. */
  readonly groups: Tensor;
  /** [1]: over everything. */
  readonly global: Tensor;
}

/** 0 tokenizer, 1 transformer, 2 predictor. */
export function gradientGroup(name: string): number {
  if (name.startsWith(predictorPrefix)) return 2;
  return name.startsWith(`${contextPrefix}tokenizer.`) ? 0 : 1;
}

/** Euclidean norms of the gradients by part of the model. Tensors are owned by the caller. */
export function gradientNorms(gradients: NamedTensors): GradientNorms {
  const sums: (Tensor | undefined)[] = [undefined, undefined, undefined];
  for (const [name, gradient] of Object.entries(gradients)) {
    const square = tf.reshape(tf.sum(tf.mul(gradient, gradient)), [1]);
    const group = gradientGroup(name);
    sums[group] = sums[group] ? tf.add(sums[group], square) : square;
  }
  const squares = tf.concat(sums as Tensor[], 0); // [3]
  return { groups: tf.sqrt(squares), global: tf.sqrt(tf.sum(squares, 0, true)) };
}
