// Runs a function of tensors both ways: as a compiled graph, and eagerly on tfjs's own CPU backend.
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { CompiledExecutor, cpuDevice } from '../../../engine/runtime/compiledExecutor.ts';
import { EagerExecutor } from '../../../engine/runtime/eagerExecutor.ts';
import type { Executor, NamedData, Program, TensorData } from '../../../engine/runtime/program.ts';
import { cpuProvider, plainProvider, type Provider } from '../../../engine/trace/provider.ts';
import { webgpuProvider } from '../../../engine/trace/webgpuProvider.ts';

export interface Sample {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Uniform numbers; the stream is fixed by the site. */
export function uniform(site: string, shape: readonly number[], low = -2, high = 2): Sample {
  const random = new CounterRandom(7, site);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: Float32Array.from({ length: count }, () => random.nextBetween(low, high)) };
}

export function int32(shape: readonly number[], numbers: readonly number[]): Sample {
  return { shape, data: Int32Array.from(numbers) };
}

/** A program without state whose outputs are the tensors that `build` returns. */
export function programOf(
  samples: readonly Sample[],
  build: (...tensors: Tensor[]) => Readonly<Record<string, Tensor>>,
): Program {
  return {
    name: 'sample',
    inputs: samples.map(({ shape, data }, index) => ({
      name: `x${index}`,
      shape,
      type: data instanceof Int32Array ? 'int32' : 'float32',
    })),
    state: [],
    build: (inputs) => ({
      state: {},
      outputs: build(...samples.map((_, index) => inputs[`x${index}`]!)),
    }),
  };
}

export async function execute(
  executor: Executor,
  program: Program,
  samples: readonly Sample[],
): Promise<Record<string, TensorData>> {
  const compiled = await executor.compile(program);
  const inputs: NamedData = Object.fromEntries(samples.map(({ data }, index) => [`x${index}`, data]));
  try {
    return await compiled.run(inputs);
  } finally {
    await executor.dispose();
  }
}

/** Compiled for the CPU, for a device that has only the standard's common operators, and as a GPU gets it. */
export const everyProvider: readonly Provider[] = [cpuProvider, plainProvider, webgpuProvider];

/** Runs on the CPU what was lowered for a device. */
export function loweredFor(provider: Provider): Executor {
  return new CompiledExecutor({ threads: 1 }, { ...cpuDevice, provider });
}

/** Expects each output of the compiled graphs within `tolerance` (absolute, and relative to the largest value). */
export async function expectSame(
  samples: readonly Sample[],
  build: (...tensors: Tensor[]) => Readonly<Record<string, Tensor>>,
  { tolerance = 2e-5, providers = everyProvider } = {},
): Promise<void> {
  const program = programOf(samples, build);
  const reference = await execute(new EagerExecutor(), program, samples);
  for (const provider of providers) {
    const results = await execute(loweredFor(provider), program, samples);
    expect(Object.keys(results)).toEqual(Object.keys(reference));
    for (const [name, expected] of Object.entries(reference))
      expectClose(`${provider.name}: ${name}`, results[name]!, expected, tolerance);
  }
}

export function expectClose(name: string, actual: TensorData, expected: TensorData, tolerance: number): void {
  expect(actual.length, name).toBe(expected.length);
  let largest = 1;
  for (const x of expected) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i]) && Number.isNaN(actual[i])) continue;
    if (expected[i] === actual[i]) continue;
    const difference = Math.abs(actual[i]! - expected[i]!);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  expect(worst / largest, `${name}: largest difference`).toBeLessThanOrEqual(tolerance);
}
