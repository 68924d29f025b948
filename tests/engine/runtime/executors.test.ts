// The executors against each other, and what they promise about state, inputs and disposal.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, it as always } from 'vitest';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import { createExecutor, listExecutors, type ExecutorId } from '../../../engine/runtime/executors.ts';
import type { CompiledProgram, Executor, Program, TensorData } from '../../../engine/runtime/program.ts';
import { expectClose } from '../trace/executeBoth.ts';
import { smallInputs, smallProgram, smallState } from '../trace/smallProgram.ts';

const open: Executor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor.dispose();
});

async function compile(executor: Executor, program: Program = smallProgram): Promise<CompiledProgram> {
  open.push(executor);
  return executor.compile(program);
}

async function train(compiled: CompiledProgram, steps: number): Promise<Record<string, TensorData>[]> {
  const outputs: Record<string, TensorData>[] = [];
  for (let step = 0; step < steps; step++) outputs.push(await compiled.run(smallInputs(step)));
  return outputs;
}

const ids: readonly ExecutorId[] = ['compiled-cpu', 'eager-cpu'];

describe('compiled and eager execution', () => {
  it('give the same losses and state over 20 steps with other inputs each step', async () => {
    const [compiled, eager] = await Promise.all(ids.map(async (id) => compile(await createExecutor(id))));
    await compiled!.writeState(smallState());
    await eager!.writeState(smallState());
    const actual = await train(compiled!, 20);
    const expected = await train(eager!, 20);
    const losses = expected.map((output) => output['loss']![0]!);
    expect(new Set(losses).size).toBe(20);
    actual.forEach((output, step) => {
      expectClose(`loss ${step}`, output['loss']!, expected[step]!['loss']!, 1e-5);
      expectClose(`norm ${step}`, output['norm']!, expected[step]!['norm']!, 1e-4);
    });
    const state = await eager!.readState();
    for (const [name, data] of Object.entries(await compiled!.readState())) {
      expectClose(name, data, state[name]!, 2e-5);
    }
  });

  it('learn', async () => {
    const compiled = await compile(new CompiledExecutor());
    await compiled.writeState(smallState());
    const inputs = smallInputs(0);
    const first = await compiled.run(inputs);
    for (let step = 0; step < 30; step++) await compiled.run(inputs);
    const last = await compiled.run(inputs);
    expect(last['loss']![0]!).toBeLessThan(0.8 * first['loss']![0]!);
  });
});

describe('state in place', () => {
  it('equals alternating buffers bit for bit', async () => {
    const inPlace = await compile(new CompiledExecutor({ stateBuffers: 'in-place', threads: 2 }));
    const pingPong = await compile(new CompiledExecutor({ stateBuffers: 'ping-pong', threads: 2 }));
    for (const compiled of [inPlace, pingPong]) await compiled.writeState(smallState());
    expect(await train(inPlace, 7)).toEqual(await train(pingPong, 7));
    expect(await inPlace.readState()).toEqual(await pingPong.readState());
  });

  it('is not used where it would be wrong', async () => {
    const program: Program = {
      name: 'exchange',
      inputs: [],
      state: ['a', 'b'].map((name) => ({ name, shape: [3], type: 'float32' })),
      build: (_, { a, b }) => ({ state: { a: b!, b: tf.add(a!, tf.mul(b!, 2)) }, outputs: {} }),
    };
    const compiled = await compile(new CompiledExecutor(), program);
    await compiled.writeState({ a: Float32Array.of(1, 2, 3), b: Float32Array.of(10, 20, 30) });
    await compiled.run({});
    await compiled.run({});
    const state = await compiled.readState();
    expect([...state['a']!]).toEqual([21, 42, 63]);
    expect([...state['b']!]).toEqual([52, 104, 156]);
  });
});

describe('large state', () => {
  it('is kept although the arrays it came in are let go', async () => {
    const program: Program = {
      name: 'large',
      inputs: [{ name: 'step', shape: [1], type: 'float32' }],
      state: [{ name: 'weights', shape: [10_000_000], type: 'float32' }],
      build: (inputs, { weights }) => {
        const next = tf.add(weights!, inputs['step']!);
        return { state: { weights: next }, outputs: { last: tf.slice(next, [9_999_999], [1]) } };
      },
    };
    const compiled = await compile(new CompiledExecutor(), program);
    await compiled.writeState({ weights: new Float32Array(10_000_000).fill(2) });
    for (const expected of [2.5, 3]) {
      expect((await compiled.run({ step: Float32Array.of(0.5) }))['last']![0]).toBe(expected);
    }
    expect((await compiled.readState())['weights']!.every((weight) => weight === 3)).toBe(true);
  });
});

const here = new Set((await listExecutors()).filter((each) => each.available).map(({ id }) => id));
const known: readonly ExecutorId[] = ['compiled-cpu', 'compiled-webgpu', 'eager-cpu', 'eager-tensorflow'];

describe.each(known)('%s', (id) => {
  const it = here.has(id) ? always : always.skip;

  it('gives copies: what is read or returned does not change with later calls', async () => {
    const compiled = await compile(await createExecutor(id));
    const written = smallState();
    await compiled.writeState(written);
    const [first] = await train(compiled, 1);
    const loss = first!['loss']!.slice();
    const read = await compiled.readState(['head']);
    const head = read['head']!.slice();
    await train(compiled, 2);
    expect(first!['loss']).toEqual(loss);
    expect(read['head']).toEqual(head);
    expect(written).toEqual(smallState());
  });

  it('continues from written state exactly where another stopped', async () => {
    const whole = await compile(await createExecutor(id));
    await whole.writeState(smallState());
    const outputs = await train(whole, 4);
    const halves = await compile(await createExecutor(id));
    await halves.writeState(smallState());
    await train(halves, 2);
    const resumed = await compile(await createExecutor(id));
    await resumed.writeState(await halves.readState());
    expect(await resumed.run(smallInputs(2))).toEqual(outputs[2]);
  });

  it('refuses to run before all state is written', async () => {
    const compiled = await compile(await createExecutor(id));
    const { frozen: _, ...rest } = smallState();
    await compiled.writeState(rest);
    await expect(compiled.run(smallInputs(0))).rejects.toMatchObject({ code: 'executor.failed' });
  });

  it('names the input that is missing, too long or unknown', async () => {
    const compiled = await compile(await createExecutor(id));
    await compiled.writeState(smallState());
    const inputs = smallInputs(0);
    const bad = [
      [{ ...inputs, lr: new Float32Array(2) }, 'lr'],
      [{ ...inputs, images: new Float32Array(384) }, 'images'],
      [{ ...inputs, extra: new Float32Array(1) }, 'extra'],
    ] as const;
    for (const [values, name] of bad) {
      await expect(compiled.run(values)).rejects.toMatchObject({
        code: 'tensor.shape',
        message: expect.stringContaining(name),
      });
    }
    await expect(compiled.writeState({ nothing: new Float32Array(1) })).rejects.toMatchObject({
      code: 'tensor.shape',
    });
  });

  it('disposes what it holds', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    const executor = await createExecutor(id);
    const compiled = await executor.compile(smallProgram);
    await compiled.writeState(smallState());
    await train(compiled, 2);
    await executor.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(compiled.run(smallInputs(0))).rejects.toMatchObject({ code: 'executor.failed' });
  });
});

describe('the list of executors', () => {
  it('holds every executor with a label, and says whether this machine has it', async () => {
    const list = await listExecutors();
    expect(list.map(({ id }) => id)).toEqual(known);
    expect(list.every(({ label }) => label.length > 0)).toBe(true);
    for (const { available, reason } of list) expect(available).toBe(reason === undefined);
    expect(list.filter(({ available }) => available).map(({ id }) => id)).toEqual(
      expect.arrayContaining([...ids]),
    );
  });

  it('does not create one it does not know', async () => {
    await expect(createExecutor('quantum' as ExecutorId)).rejects.toMatchObject({
      code: 'executor.unavailable',
    });
  });
});
