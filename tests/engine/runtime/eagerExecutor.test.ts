// What the eager executor promises on any tfjs backend: no tensor is left behind by a step, also by one that fails.
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EagerExecutor } from '../../../engine/runtime/eagerExecutor.ts';
import type { CompiledProgram, Program } from '../../../engine/runtime/program.ts';
import { smallInputs, smallProgram, smallState } from '../trace/smallProgram.ts';

/** A second backend with the kernels of tfjs's own, made known only when it is asked for. */
const otherName = 'other';
let prepared = 0;
async function prepare(): Promise<void> {
  prepared += 1;
  if (tf.findBackend(otherName) !== null) return;
  for (const kernel of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({ ...kernel, backendName: otherName });
  tf.registerBackend(otherName, () => new MathBackendCPU());
}

let executor: EagerExecutor;
beforeEach(() => {
  executor = new EagerExecutor({ id: 'eager-other', label: 'Other', backendName: otherName, prepare });
});
afterEach(() => executor.dispose());

const countTensors = () => ({ tensors: tf.memory().numTensors, buffers: tf.engine().state.numDataBuffers });

async function startTraining(program: Program = smallProgram): Promise<CompiledProgram> {
  const compiled = await executor.compile(program);
  await compiled.writeState(smallState());
  return compiled;
}

describe('the eager executor', () => {
  test('prepares its backend when it first compiles, not when it is made', async () => {
    prepared = 0;
    expect(prepared).toBe(0);
    await startTraining();
    expect(prepared).toBe(1);
  });

  test('holds as many tensors after 40 steps as after one', async () => {
    const compiled = await startTraining();
    await compiled.run(smallInputs(0));
    const before = countTensors();
    for (let step = 1; step <= 40; step++) {
      await compiled.run(smallInputs(step));
      expect(countTensors(), `step ${step}`).toEqual(before);
    }
  });

  test('a step that fails says so under a code, leaves no tensor behind and the state as it was', async () => {
    let failing = false;
    const program: Program = {
      ...smallProgram,
      build(inputs, state) {
        const result = smallProgram.build(inputs, state);
        if (failing) throw new Error('OOM when allocating tensor with shape[64,64]');
        return result;
      },
    };
    const compiled = await startTraining(program);
    await compiled.run(smallInputs(0));
    const [before, state] = [countTensors(), await compiled.readState()];
    failing = true;
    await expect(compiled.run(smallInputs(1))).rejects.toMatchObject({
      code: 'executor.failed',
      message: expect.stringMatching(/^eager-other: run .*: OOM when allocating/),
    });
    expect(countTensors()).toEqual(before);
    expect(await compiled.readState()).toEqual(state);
    failing = false;
    expect(Object.keys(await compiled.run(smallInputs(1)))).not.toEqual([]);
  });
});
