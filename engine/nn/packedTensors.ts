// Many tensors in one long row, and back.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { NamedTensors, StatePack, TensorSpec } from '../runtime/program.ts';

/** Packs are filled up with zeros to a multiple of this, so that they can be seen as rows. */
export const packRow = 1024;

/** A pack of float32 tensors, filled up with zeros. */
export function createPack(name: string, members: readonly TensorSpec[]): StatePack {
  const used = members.reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
  return { name, members, length: packRow * Math.ceil(used / packRow) };
}

/** The members of a pack. packed: [pack.length]; returns each by name, in its shape. */
export function unpackTensors(pack: StatePack, packed: Tensor): NamedTensors {
  let start = 0;
  const tensors: Record<string, Tensor> = {};
  for (const { name, shape } of pack.members) {
    const count = tf.util.sizeFromShape([...shape]);
    tensors[name] = tf.reshape(tf.slice(packed as Tensor1D, [start], [count]), [...shape]);
    start += count;
  }
  return tensors;
}

/** [pack.length]: tensors in the order of a pack's members, one after the other. */
export function packTensors(pack: StatePack, tensors: readonly Tensor[]): Tensor1D {
  const rows = tensors.map((tensor) => tf.reshape(tensor, [-1]) as Tensor1D);
  const filling = pack.length - rows.reduce((sum, row) => sum + row.size, 0);
  return tf.concat(filling > 0 ? [...rows, tf.zeros<tf.Rank.R1>([filling])] : rows);
}
