// The pretraining step itself, compiled and eager: same losses with other keep masks and dropout each step.
import { afterEach, describe, expect, it } from 'vitest';
import { paperConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import { computeStepInputs } from '../../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { CompiledExecutor, type CompiledOptions } from '../../../engine/runtime/compiledExecutor.ts';
import { EagerExecutor } from '../../../engine/runtime/eagerExecutor.ts';
import type { CompiledProgram, Executor, TensorData } from '../../../engine/runtime/program.ts';
import { findInPlaceState } from '../../../engine/trace/inPlace.ts';
import { cpuProvider } from '../../../engine/trace/provider.ts';
import { portNames, traceProgram } from '../../../engine/trace/traceProgram.ts';
import { expectClose } from '../trace/executeBoth.ts';

const config: RunConfig = {
  ...paperConfig,
  model: {
    ...paperConfig.model,
    imageSize: 32,
    embedDim: 32,
    depth: 2,
    numHeads: 2,
    predictorDepth: 1,
    numRegisterTokens: 1,
  },
  optimizer: { ...paperConfig.optimizer, batchSize: 2, lrStart: 1e-3, lrPeak: 1e-3 },
};
const schedule = createSchedule(config.optimizer, 10);

const open: Executor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor.dispose();
});

async function start(executor: Executor): Promise<CompiledProgram> {
  open.push(executor);
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState(samplePretrainState(config));
  return program;
}

async function train(program: CompiledProgram, steps: number): Promise<Record<string, TensorData>[]> {
  const outputs: Record<string, TensorData>[] = [];
  for (let step = 0; step < steps; step++) {
    const random = new CounterRandom(step);
    const pixels = config.optimizer.batchSize * 3 * config.model.imageSize ** 2;
    const images = () => Float32Array.from({ length: pixels }, () => random.nextNormal());
    const batch = { contextImages: images(), targetImages: images() };
    outputs.push(await program.run(computeStepInputs(config, schedule, step, batch)));
  }
  return outputs;
}

const startCompiled = (options: CompiledOptions) => start(new CompiledExecutor(options));

describe('the pretraining step', () => {
  it('gives compiled and eager the same losses over 20 steps', async () => {
    const expected = await train(await start(new EagerExecutor()), 20);
    const actual = await train(await startCompiled({}), 20);
    actual.forEach((output, step) => {
      expectClose(`loss ${step}`, output['loss']!, expected[step]!['loss']!, 2e-5);
      expectClose(`norms ${step}`, output['gradNorms']!, expected[step]!['gradNorms']!, 2e-4);
    });
    expect(new Set(expected.map((output) => output['loss']![0])).size).toBe(20);
  });

  it('may overwrite all of its state in place, and then equals alternating buffers bit for bit', async () => {
    const { graph, changedState } = traceProgram(pretrainProgram(config), cpuProvider);
    const pairs = changedState.map((name) => ({
      input: graph.inputs.find(
        ({ source }) => source.kind === 'input' && source.name === portNames.state(name),
      )!,
      output: graph.outputs.find((output) => output.name === portNames.nextState(name))!.value,
    }));
    expect(findInPlaceState(graph, pairs).size).toBe(pairs.length);

    const inPlace = await startCompiled({ stateBuffers: 'in-place' });
    const pingPong = await startCompiled({ stateBuffers: 'ping-pong' });
    expect(await train(inPlace, 6)).toEqual(await train(pingPong, 6));
    const state = await pingPong.readState();
    for (const [name, data] of Object.entries(await inPlace.readState())) {
      expect(Buffer.from(data.buffer).equals(Buffer.from(state[name]!.buffer)), name).toBe(true);
    }
  });
});
