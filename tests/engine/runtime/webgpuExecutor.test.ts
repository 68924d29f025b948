// The compiled executor on a GPU. What needs a graphics adapter, a software one included, is skipped where there is none.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import type { CompiledProgram, Executor, Program, TensorData } from '../../../engine/runtime/program.ts';
import { cpuProvider } from '../../../engine/trace/provider.ts';
import { traceProgram } from '../../../engine/trace/traceProgram.ts';
import { Turns } from '../../../engine/runtime/turns.ts';
import { findWebgpuObstacle } from '../../../engine/runtime/webgpuAdapter.ts';
import { WebgpuExecutor, type WebgpuOptions } from '../../../engine/runtime/webgpuExecutor.ts';
import { isDeviceLost } from '../../../engine/runtime/webgpuLoss.ts';
import { findCpuNode } from '../../../engine/runtime/webgpuPlacement.ts';
import { expectClose } from '../trace/executeBoth.ts';
import { smallInputs, smallProgram, smallState } from '../trace/smallProgram.ts';

const obstacle = await findWebgpuObstacle();

const open: Executor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor.dispose();
});

async function start(executor: Executor, program: Program = smallProgram): Promise<CompiledProgram> {
  open.push(executor);
  return executor.compile(program);
}

async function train(program: CompiledProgram, steps: number): Promise<Record<string, TensorData>[]> {
  const outputs: Record<string, TensorData>[] = [];
  for (let step = 0; step < steps; step++) outputs.push(await program.run(smallInputs(step)));
  return outputs;
}

/** Adds a number to a row in each call. */
function growing(count: number): Program {
  return {
    name: 'growing',
    inputs: [{ name: 'by', shape: [1], type: 'float32' }],
    state: [{ name: 'row', shape: [count], type: 'float32' }],
    build: ({ by }, { row }) => {
      const next = tf.add(row!, by!);
      return { state: { row: next }, outputs: { last: tf.slice(next, [count - 1], [1]) } };
    },
  };
}

describe.skipIf(obstacle)('on a graphics adapter', () => {
  it('gives the losses and state of the CPU over 20 steps with other inputs each step', async () => {
    const gpu = await start(new WebgpuExecutor());
    const cpu = await start(new CompiledExecutor());
    for (const program of [gpu, cpu]) await program.writeState(smallState());
    const actual = await train(gpu, 20);
    const expected = await train(cpu, 20);
    expect(new Set(expected.map(({ loss }) => loss![0])).size).toBe(20);
    actual.forEach((output, step) =>
      expectClose(`loss ${step}`, output['loss']!, expected[step]!['loss']!, 1e-5),
    );
    const state = await cpu.readState();
    for (const [name, data] of Object.entries(await gpu.readState()))
      expectClose(name, data, state[name]!, 2e-5);
  });

  it('repeats itself bit for bit', async () => {
    const runs: unknown[] = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      const program = await start(new WebgpuExecutor());
      await program.writeState(smallState());
      runs.push([await train(program, 5), await program.readState()]);
    }
    expect(runs[0]).toEqual(runs[1]);
  });

  it('names the operator that would run on the CPU', async () => {
    const executor = new WebgpuExecutor({ lowering: cpuProvider });
    const program: Program = {
      name: 'signs',
      inputs: [{ name: 'x', shape: [2, 3], type: 'float32' }],
      state: [],
      build: ({ x }) => ({ state: {}, outputs: { y: tf.sign(tf.add(x!, 1)) } }),
    };
    await expect(start(executor, program)).rejects.toMatchObject({
      code: 'executor.failed',
      message: expect.stringMatching(/^compile signs: the GPU has no Sign of float32\[2,3\] \(Sign_\d+\)$/),
    });
  });

  it('reads a large tensor in pieces', async () => {
    const options: WebgpuOptions = { partBytes: 4 * 7 };
    const program = await start(new WebgpuExecutor(options), growing(50));
    await program.writeState({ row: Float32Array.from({ length: 50 }, (_, index) => index) });
    expect([...(await program.run({ by: Float32Array.of(0.5) }))['last']!]).toEqual([49.5]);
    const { row } = await program.readState();
    expect([...row!]).toEqual(Array.from({ length: 50 }, (_, index) => index + 0.5));
  });

  it('takes turns when calls of two programs overlap', async () => {
    const executor = new WebgpuExecutor();
    const [a, b] = [await start(executor, growing(1000)), await executor.compile(growing(10))];
    await Promise.all(
      [a, b].map((program, index) => program.writeState({ row: new Float32Array(index ? 10 : 1000) })),
    );
    const calls = Array.from({ length: 20 }, () =>
      [a, b].map((program) => program.run({ by: Float32Array.of(1) })),
    );
    await Promise.all(calls.flat());
    expect((await a.readState())['row']!.every((value) => value === 20)).toBe(true);
    expect((await b.readState())['row']!.every((value) => value === 20)).toBe(true);
  });

  it('leaves nothing behind: memory after 2,000 calls is that after 200', async () => {
    const program = await start(new WebgpuExecutor(), growing(25_000));
    await program.writeState({ row: new Float32Array(25_000) });
    const by = Float32Array.of(1);
    for (let call = 0; call < 200; call++) await program.run({ by });
    const early = process.memoryUsage().rss;
    for (let call = 200; call < 2000; call++) await program.run({ by });
    const grownBytes = process.memoryUsage().rss - early;
    // One row a call would be 180 MB.
    expect(grownBytes).toBeLessThan(40e6);
    expect((await program.readState())['row']![7]).toBe(2000);
  });
});

describe('a device that is gone', () => {
  const answering = {
    upload: async (_: unknown, data: TensorData) => ({ data, dispose: () => undefined }) as never,
    download: async (_: unknown, tensor: { data: unknown }) => tensor.data as TensorData,
  };
  const mute = { ...answering, upload: () => Promise.reject(new Error('no')) };
  const lying = { ...answering, download: async () => new Float32Array(4) };

  it('is known by what the driver says, or by that it copies no more', async () => {
    const said = [
      'A valid external Instance reference: device was lost',
      'vkQueueSubmit failed with VK_ERROR_DEVICE_LOST',
    ];
    for (const message of said) expect(await isDeviceLost(new Error(message), answering as never)).toBe(true);
    expect(await isDeviceLost(new Error('failed to map'), mute as never)).toBe(true);
    expect(await isDeviceLost(new Error('failed to map'), lying as never)).toBe(true);
  });

  it('is not suspected when a program fails and the device still copies', async () => {
    expect(await isDeviceLost(new Error('Split: too many buffers'), answering as never)).toBe(false);
  });
});

describe('a graph that would need the CPU', () => {
  const program: Program = {
    name: 'signs',
    inputs: [{ name: 'x', shape: [2, 3], type: 'float32' }],
    state: [],
    build: ({ x }) => ({ state: {}, outputs: { y: tf.sign(tf.mul(x!, x!)), z: tf.exp(x!) } }),
  };

  it('is tried node by node until one is refused', async () => {
    const tried: string[] = [];
    const { graph } = traceProgram(program, cpuProvider);
    const found = await findCpuNode(graph, async ({ nodes: [node] }) => {
      tried.push(node!.op);
      return node!.op !== 'Sign';
    });
    expect(found).toMatch(/^Sign of float32\[2,3\]/);
    expect(tried).toEqual(['Mul', 'Sign']);
    expect(await findCpuNode(graph, async () => true)).toBeUndefined();
  });
});

describe('turns', () => {
  it('never overlap, keep their order, and outlive a failure', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const body =
      (name: string, fails = false) =>
      async () => {
        seen.push(`${name} begins`);
        await new Promise(setImmediate);
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([
      turns.take(body('a')),
      turns.take(body('b', true)),
      turns.take(body('c')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });
});
