// A training program small enough to read: a convolution, attention, a linear head, AdamW-like updates, an average.
import * as tf from '@tensorflow/tfjs-core';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import type { NamedData, NamedTensors, Program, TensorSpec } from '../../../engine/runtime/program.ts';

const batch = 3;
const width = 6;
const learned: readonly TensorSpec[] = [
  { name: 'filter', shape: [width, 2, 3, 3], type: 'float32' },
  { name: 'query', shape: [width, width], type: 'float32' },
  { name: 'head', shape: [4, width], type: 'float32' },
];

/** Images come as bytes, labels as whole numbers, the dropout decisions and the learning rate as floats. */
export const smallProgram: Program = {
  name: 'small',
  inputs: [
    { name: 'images', shape: [batch, 2, 8, 8], type: 'uint8' },
    { name: 'labels', shape: [batch], type: 'int32' },
    { name: 'keep', shape: [batch, 16, width], type: 'float32' },
    { name: 'lr', shape: [], type: 'float32' },
  ],
  state: [
    ...learned,
    ...learned.map((spec) => ({ ...spec, name: `moment/${spec.name}` })),
    { name: 'average/head', shape: [4, width], type: 'float32' },
    { name: 'frozen', shape: [width], type: 'float32' },
  ],
  build: (inputs, state) => {
    const { value, grads } = tf.valueAndGrads((...weights: tf.Tensor[]) => lossOf(inputs, state, weights))(
      learned.map((spec) => state[spec.name]!),
    );
    const norm = tf.sqrt(grads.map((gradient) => tf.sum(tf.square(gradient))).reduce((a, b) => tf.add(a, b)));
    const rate = tf.div(inputs['lr']!, tf.maximum(norm, 1));
    const next: Record<string, tf.Tensor> = {};
    learned.forEach(({ name }, index) => {
      const moment = tf.add(tf.mul(state[`moment/${name}`]!, 0.9), tf.mul(grads[index]!, rate));
      next[`moment/${name}`] = moment;
      next[name] = tf.sub(state[name]!, moment);
    });
    next['average/head'] = tf.add(tf.mul(state['average/head']!, 0.75), tf.mul(next['head']!, 0.25));
    return { state: next, outputs: { loss: value, norm: tf.reshape(norm, [1]) } };
  },
};

function lossOf(inputs: NamedTensors, state: NamedTensors, weights: readonly tf.Tensor[]): tf.Scalar {
  const [filter, query, head] = weights as [tf.Tensor4D, tf.Tensor2D, tf.Tensor2D];
  const images = tf.transpose(tf.div(inputs['images']!, 255) as tf.Tensor4D, [0, 2, 3, 1]);
  const maps = tf.relu(tf.conv2d(images, tf.transpose(filter, [2, 3, 1, 0]), 2, 1));
  const tokens = tf.mul(tf.reshape(maps, [batch, 16, width]), inputs['keep']!);
  const rows = tf.reshape(tokens, [-1, width]);
  const queries = tf.reshape(tf.matMul(rows as tf.Tensor2D, query, false, true), [batch, 16, width]);
  const scores = tf.softmax(tf.matMul(queries, tokens, false, true));
  const pooled = tf.mean(tf.add(tf.matMul(scores, tokens), state['frozen']!), 1);
  const logits = tf.matMul(pooled as tf.Tensor2D, head, false, true);
  const chosen = tf.oneHot(inputs['labels'] as tf.Tensor1D, 4);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1)));
}

/** The first state, drawn from a fixed stream. */
export function smallState(): Record<string, Float32Array> {
  return Object.fromEntries(
    smallProgram.state.map(({ name, shape }) => {
      const random = new CounterRandom(3, name);
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, Float32Array.from({ length: count }, () => 0.4 * random.nextNormal())];
    }),
  );
}

/** Inputs of a step; every step's differ. */
export function smallInputs(step: number): NamedData {
  const random = new CounterRandom(4, step);
  return {
    images: Uint8Array.from({ length: batch * 128 }, () => random.nextInteger(256)),
    labels: Int32Array.from({ length: batch }, () => random.nextInteger(4)),
    keep: Float32Array.from({ length: batch * 16 * width }, () => (random.nextUniform() < 0.7 ? 1 / 0.7 : 0)),
    lr: Float32Array.of(0.05 + 0.001 * step),
  };
}
