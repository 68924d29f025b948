// The training step with weights, moments and average each in a few large tensors: one update of each instead of one for
// every weight. It computes what trainStep does; sums over gradients add up in another order.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { adamWUpdate, finiteFactor, weightDecays } from '../nn/adamW.ts';
import { movingAverage } from '../nn/movingAverage.ts';
import { createPack, packRow, packTensors, unpackTensors } from '../nn/packedTensors.ts';
import type { NamedTensors, PackedForm, ProgramResult, StatePack, TensorSpec } from '../runtime/program.ts';
import { gradientGroup } from './gradientNorms.ts';
import { lossScaleSpecs, skipOverflow } from './lossScale.ts';
import {
  contextPrefix,
  firstMomentPrefix,
  pretrainStateSpecs,
  secondMomentPrefix,
  targetPrefix,
  trainableSpecs,
} from './pretrainState.ts';
import { stepInputSpecs, type StepPlan } from './stepPlan.ts';
import { adamWConstants, adamWScalars, computeLearning, computeSpread } from './trainStep.ts';

/** Weights that are updated alike: of one part of the model, all with weight decay or all without. */
interface Segment {
  readonly group: number;
  readonly decays: boolean;
  readonly weights: StatePack;
  readonly firstMoment: StatePack;
  readonly secondMoment: StatePack;
  /** Only where the weights are the context encoder's. */
  readonly average?: StatePack;
}

/** The step's program over packed state. */
export function packPretrain(plan: StepPlan): PackedForm {
  const segments = planSegments(plan);
  const packs = segments.flatMap(({ weights, firstMoment, secondMoment, average }) =>
    [weights, firstMoment, secondMoment, average].filter((pack) => pack !== undefined),
  );
  const packed = new Set(packs.flatMap(({ members }) => members.map(({ name }) => name)));
  const single = [...pretrainStateSpecs(plan.config.model), ...lossScaleSpecs(plan.config)].filter(
    ({ name }) => !packed.has(name),
  );
  const state: TensorSpec[] = [
    ...packs.map((pack) => ({ name: pack.name, shape: [pack.length], type: 'float32' as const })),
    ...single,
  ];
  return {
    packs,
    program: {
      name: 'pretrain',
      precision: plan.config.optimizer.precision,
      inputs: stepInputSpecs(plan),
      state,
      build: (inputs, tensors) => packedStep(plan, segments, inputs, tensors),
    },
  };
}

function planSegments(plan: StepPlan): Segment[] {
  const groups = new Map<string, TensorSpec[]>();
  for (const spec of trainableSpecs(plan.config.model)) {
    const key = `${gradientGroup(spec.name)} ${weightDecays(spec.name, spec.shape)}`;
    groups.set(key, [...(groups.get(key) ?? []), spec]);
  }
  return [...groups].map(([key, members]) => {
    const packOf = (kind: string, rename: (name: string) => string): StatePack =>
      createPack(
        `packed/${kind}/${key}`,
        members.map((spec) => ({ ...spec, name: rename(spec.name) })),
      );
    const { name, shape } = members[0]!;
    const isContext = name.startsWith(contextPrefix);
    const toTarget = (weight: string) => targetPrefix + weight.slice(contextPrefix.length);
    return {
      group: gradientGroup(name),
      decays: weightDecays(name, shape),
      weights: packOf('weights', (weight) => weight),
      firstMoment: packOf('adamM', (weight) => firstMomentPrefix + weight),
      secondMoment: packOf('adamV', (weight) => secondMomentPrefix + weight),
      ...(isContext ? { average: packOf('target', toTarget) } : {}),
    };
  });
}

function packedStep(
  plan: StepPlan,
  segments: readonly Segment[],
  inputs: NamedTensors,
  state: NamedTensors,
): ProgramResult {
  const named: Record<string, Tensor> = { ...state };
  for (const { weights, average } of segments) {
    for (const pack of average ? [weights, average] : [weights]) {
      Object.assign(named, unpackTensors(pack, state[pack.name]!));
    }
  }
  const { loss, gradients, targetTokens, unscale } = computeLearning(plan, inputs, named); // 1 to 5
  const packed = segments.map(({ weights }) => {
    const members = weights.members.map(({ name }) => gradients[name]!);
    const pack = packTensors(weights, members);
    return unscale ? tf.mul(pack, unscale) : pack;
  });
  const norms = packedNorms(segments, packed);
  const finite = finiteFactor(norms.global);
  const scalars = adamWScalars(inputs, finite);
  const next: Record<string, Tensor> = {};
  segments.forEach(({ weights, firstMoment, secondMoment, average, decays }, index) => {
    const parameter = {
      weight: state[weights.name]!,
      gradient: packed[index]!,
      firstMoment: state[firstMoment.name]!,
      secondMoment: state[secondMoment.name]!,
      decays,
    };
    const update = adamWUpdate(parameter, scalars, adamWConstants(plan.config.optimizer)); // 6
    next[weights.name] = update.weight;
    next[firstMoment.name] = update.firstMoment;
    next[secondMoment.name] = update.secondMoment;
    if (average === undefined) return;
    next[average.name] = movingAverage(state[average.name]!, update.weight, inputs['emaMomentum']!, finite); // 7
  });
  const outputs = {
    loss: tf.reshape(loss, [1]),
    gradNorms: norms.groups,
    targetSpread: computeSpread(targetTokens),
  };
  return skipOverflow({ state: next, outputs }, state, norms.global);
}

/** As gradientNorms. Rows first: a device adds up a few numbers of many rows at once, but one long row alone. */
function packedNorms(segments: readonly Segment[], packed: readonly Tensor[]) {
  const sums: Tensor[] = [];
  segments.forEach(({ group }, index) => {
    const gradient = packed[index]!;
    const rows = tf.sum(tf.reshape(tf.mul(gradient, gradient), [-1, packRow]), 1);
    const square = tf.reshape(tf.sum(rows), [1]);
    sums[group] = sums[group] ? tf.add(sums[group], square) : square;
  });
  const squares = tf.concat(sums, 0); // [3]
  return { groups: tf.sqrt(squares), global: tf.sqrt(tf.sum(squares, 0, true)) };
}
