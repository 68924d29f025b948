// Dynamic loss scaling, for steps whose products are computed in float16 (Micikevicius et al. 2018, arXiv 1710.03740 §3.2).
// Gradients of single activations are too small for float16, so the loss is multiplied before they are computed and the
// gradients of the weights are divided again. Where one overflows, the step is left out and the factor halved.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RunConfig } from '../contract/config.ts';
import type { NamedTensors, ProgramResult, TensorSpec } from '../runtime/program.ts';

const stateName = 'lossScale';
const firstScale = 2 ** 16;
const largestScale = 2 ** 24;
/** Steps without an overflow after which a larger factor is tried. */
const growthSteps = 2_000;

/** [2]: the factor, a power of two so that it rounds nothing, and the steps since it last changed. Only in mixed precision. */
export function lossScaleSpecs({ optimizer }: Pick<RunConfig, 'optimizer'>): TensorSpec[] {
  return optimizer.precision === 'mixed' ? [{ name: stateName, shape: [2], type: 'float32' }] : [];
}

export function firstLossScale(config: Pick<RunConfig, 'optimizer'>): Record<string, Float32Array> {
  return Object.fromEntries(lossScaleSpecs(config).map(({ name }) => [name, Float32Array.of(firstScale, 0)]));
}

/** The factor, [1]; undefined where the loss is not scaled. */
export function findLossScale(state: NamedTensors): Tensor | undefined {
  const scale = state[stateName];
  return scale === undefined ? undefined : tf.slice(scale, [0], [1]);
}

/**
 * The result of a step that is left out where its gradients are not finite: then all state stays as it was, bit for bit, but
 * for the factor. norm: [1], over all gradients. Adds the outputs `lossScale` [1], the factor of this step, and
 * `skipped` [1], 1 where it is left out. A result without loss scaling is returned as it is.
 */
export function skipOverflow(result: ProgramResult, state: NamedTensors, norm: Tensor): ProgramResult {
  const scale = findLossScale(state);
  if (scale === undefined) return result;
  const isFinite = tf.isFinite(norm);
  const kept: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(result.state)) {
    kept[name] = tf.where(isFinite, value, state[name]!);
  }
  const steps = tf.add(tf.slice(state[stateName]!, [1], [1]), 1);
  const isDue = tf.greaterEqual(steps, growthSteps);
  const grown = tf.where(isDue, tf.minimum(tf.mul(scale, 2), largestScale), scale);
  const nextScale = tf.where(isFinite, grown, tf.maximum(tf.mul(scale, 0.5), 1));
  const counted = tf.where(isDue, tf.zerosLike(steps), steps);
  const nextSteps = tf.where(isFinite, counted, tf.zerosLike(steps));
  return {
    state: { ...kept, [stateName]: tf.concat([nextScale, nextSteps], 0) },
    outputs: {
      ...result.outputs,
      lossScale: tf.add(scale, 0),
      skipped: tf.sub(1, tf.cast(isFinite, 'float32')),
    },
  };
}
