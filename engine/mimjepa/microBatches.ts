// A step in parts: where memory does not hold the whole batch, gradients of a few images at a time are added up, and one
// update follows. The same step as trainStep's; only the order of additions differs.
import * as tf from '@tensorflow/tfjs-core';
import { imagesAtOnce, type ModelConfig, type RunConfig } from '../contract/config.ts';
import type {
  CompiledProgram,
  NamedData,
  NamedTensors,
  ProgramResult,
  TensorData,
  TensorSpec,
} from '../runtime/program.ts';
import { prefixSpecs } from '../model/weightNames.ts';
import { trainableSpecs } from './pretrainState.ts';
import type { StepPlan } from './stepPlan.ts';
import { applyLearning, computeLearning, unscaledGradients } from './trainStep.ts';

const sumPrefix = 'sum/';

/** Gradients added up so far: state of a step in parts. Between two steps they mean nothing, so no checkpoint holds them. */
export function sumSpecs(model: ModelConfig): TensorSpec[] {
  return prefixSpecs(trainableSpecs(model), sumPrefix);
}

const scalar = (name: string): TensorSpec => ({ name, shape: [1], type: 'float32' });

/** What a part is told besides a step's inputs. */
export const partInputSpecs: readonly TensorSpec[] = [
  /** This part's share of the batch: the loss is a mean over images that each hide equally many tokens. */
  scalar('part/share'),
  /** 0 in the first part, which forgets the sums of the last step, else 1. */
  scalar('part/keepSums'),
  /** 1 in the last part, which updates the weights, else 0. */
  scalar('part/update'),
];

/**
 * One part. inputs: as stepInputSpecs(plan) of the part's images, and partInputSpecs; state: as pretrainStateSpecs, and
 * sumSpecs. Returns as trainStep; before the last part all weights and moments stay as they are, bit for bit.
 */
export function accumulateStep(plan: StepPlan, inputs: NamedTensors, state: NamedTensors): ProgramResult {
  const learned = computeLearning(plan, inputs, state);
  const [share, keepSums, update] = [inputs['part/share']!, inputs['part/keepSums']!, inputs['part/update']!];
  const sums: Record<string, tf.Tensor> = {};
  for (const [name, gradient] of Object.entries(unscaledGradients(learned))) {
    const before = state[sumPrefix + name]!;
    // A product would carry an overflow of the last step into this one.
    const kept = learned.unscale
      ? tf.where(tf.greater(keepSums, 0), before, tf.zerosLike(before))
      : tf.mul(before, keepSums);
    sums[name] = tf.add(kept, tf.mul(gradient, share));
  }
  const { state: updated, outputs } = applyLearning(plan, inputs, state, {
    ...learned,
    gradients: sums,
    unscale: undefined,
  });
  const hold = tf.sub(1, update);
  const next: Record<string, tf.Tensor> = {};
  for (const [name, value] of Object.entries(updated)) {
    // Exact, because one of the two factors is 0 and the other 1.
    next[name] = tf.add(tf.mul(value, update), tf.mul(state[name]!, hold));
  }
  for (const [name, sum] of Object.entries(sums)) next[sumPrefix + name] = sum;
  return { state: next, outputs };
}

/** What the state of pretrainProgram(config) holds besides what a checkpoint does; nothing unless steps have parts. */
export function emptySums({ model, optimizer }: RunConfig): Record<string, Float32Array> {
  if (imagesAtOnce(optimizer) === optimizer.batchSize) return {};
  const count = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
  return Object.fromEntries(sumSpecs(model).map(({ name, shape }) => [name, new Float32Array(count(shape))]));
}

/** Names of the state that is worth keeping: all of it but sums. */
export function lastingState(specs: readonly TensorSpec[]): string[] {
  return specs.map(({ name }) => name).filter((name) => !name.startsWith(sumPrefix));
}

/**
 * Runs one step of pretrainProgram from the inputs of its parts (computeBatchParts) and those that they share
 * (computeScheduleInputs). Returns the program's outputs for the whole step; `targetSpread` is the mean over its parts.
 */
export async function runStepParts(
  program: CompiledProgram,
  parts: readonly NamedData[],
  shared: NamedData,
): Promise<Record<string, TensorData>> {
  if (parts.length === 1) return program.run({ ...parts[0], ...shared });
  const share = 1 / parts.length;
  let loss = 0;
  let targetSpread = 0;
  let outputs: Record<string, TensorData> = {};
  for (const [index, part] of parts.entries()) {
    outputs = await program.run({
      ...part,
      ...shared,
      'part/share': Float32Array.of(share),
      'part/keepSums': Float32Array.of(index === 0 ? 0 : 1),
      'part/update': Float32Array.of(index === parts.length - 1 ? 1 : 0),
    });
    loss += share * outputs['loss']![0]!;
    targetSpread += share * outputs['targetSpread']![0]!;
  }
  // The norms are those of the gradients that all parts gave, because the last part has added them up.
  return { ...outputs, loss: Float32Array.of(loss), targetSpread: Float32Array.of(targetSpread) };
}
