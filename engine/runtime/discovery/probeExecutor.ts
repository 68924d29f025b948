// Whether an executor really works: opens its device, runs a small program and looks at what came out. Drivers may hang or
// crash here, so this is called in a process that may.
import * as tf from '@tensorflow/tfjs-core';
import { createExecutor, findObstacle, type ExecutorId, type Obstacle } from '../executors.ts';
import type { Executor, ExecutorDevice, Program } from '../program.ts';
import { webgpuExecutorId } from '../webgpuExecutor.ts';

export interface ExecutorProbe {
  /** Why it cannot be used; undefined where it can. */
  readonly obstacle?: Obstacle;
  readonly device?: ExecutorDevice;
  /** Its kernels compute products of float16, for mixed precision. */
  readonly halfPrecision?: boolean;
}

const size = 8;

/** A product and a state that changes: what every training step is made of. */
const probeProgram: Program = {
  name: 'probe',
  inputs: [{ name: 'x', shape: [size, size], type: 'float32' }],
  state: [{ name: 'w', shape: [size, size], type: 'float32' }],
  build: ({ x }, { w }) => {
    const product = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D); // [8, 8]
    const sum = tf.reshape(tf.sum(product), [1]);
    return { state: { w: tf.add(w!, tf.mul(sum, 0.5)) }, outputs: { sum } };
  },
};

/** Of each call: all entries of x and at first of w are 1, so the sum is 512, and then w is 257. */
const expectedSums = [size ** 3, size ** 3 * (1 + size ** 3 / 2)] as const;

/** Throws what creating the executor and running on it throws. */
export async function probeExecutor(id: ExecutorId): Promise<ExecutorProbe> {
  const obstacle = await findObstacle(id);
  if (obstacle) return { obstacle };
  const executor = await createExecutor(id);
  try {
    const wrong = await findWrongSum(executor, probeProgram);
    if (wrong === undefined) {
      return { device: executor.device, halfPrecision: await hasHalfPrecision(executor) };
    }
    const reason = `It computes wrongly: a sum that is ${wrong.expected} came out as ${wrong.got}.`;
    return { obstacle: { reason, remedy: 'Update the driver of this device.' } };
  } finally {
    await executor.dispose();
  }
}

async function findWrongSum(
  executor: Executor,
  program: Program,
): Promise<{ readonly expected: number; readonly got: number } | undefined> {
  const compiled = await executor.compile(program);
  const ones = new Float32Array(size * size).fill(1);
  await compiled.writeState({ w: ones });
  for (const expected of expectedSums) {
    const { sum } = await compiled.run({ x: ones });
    const got = sum![0]!;
    if (!(Math.abs(got / expected - 1) < 1e-4)) return { expected, got };
  }
  return undefined;
}

/** Every number of the small program is one of float16 as well. Elsewhere than on a GPU nothing would be gained. */
async function hasHalfPrecision(executor: Executor): Promise<boolean> {
  if (executor.id !== webgpuExecutorId) return false;
  try {
    return (await findWrongSum(executor, { ...probeProgram, precision: 'mixed' })) === undefined;
  } catch {
    // Whatever it says: without shader-f16 it cannot.
    return false;
  }
}
