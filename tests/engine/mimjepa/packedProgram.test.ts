// The packed step against the step that it stands for, both compiled for the CPU.
import { afterEach, describe, expect, it } from 'vitest';
import { paperConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import { computeStepInputs } from '../../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import { PackedProgram } from '../../../engine/runtime/packedState.ts';
import type { CompiledProgram } from '../../../engine/runtime/program.ts';
import { traceProgram } from '../../../engine/trace/traceProgram.ts';
import { webgpuProvider } from '../../../engine/trace/webgpuProvider.ts';
import { expectClose } from '../trace/executeBoth.ts';

const size = { imageSize: 32, embedDim: 32, depth: 2, numHeads: 2, predictorDepth: 1, numRegisterTokens: 1 };
const config: RunConfig = {
  ...paperConfig,
  model: { ...paperConfig.model, ...size },
  optimizer: { ...paperConfig.optimizer, batchSize: 2, lrStart: 1e-3, lrPeak: 1e-3 },
};
const schedule = createSchedule(config.optimizer, 10);
const program = pretrainProgram(config);

const executor = new CompiledExecutor({ threads: 1 });
afterEach(() => executor.dispose());

async function openPacked(): Promise<CompiledProgram> {
  const form = program.packed!();
  return new PackedProgram(program, form, await executor.compile(form.program));
}

function inputsOf(step: number) {
  const random = new CounterRandom(step);
  const pixels = 2 * 3 * config.model.imageSize ** 2;
  const images = () => Float32Array.from({ length: pixels }, () => random.nextNormal());
  return computeStepInputs(config, schedule, step, { contextImages: images(), targetImages: images() });
}

describe('the packed step', () => {
  it('gives the losses, norms and state of the step that it stands for', async () => {
    const plain = await executor.compile(program);
    const packed = await openPacked();
    for (const each of [plain, packed]) await each.writeState(samplePretrainState(config));
    for (let step = 0; step < 8; step++) {
      const expected = await plain.run(inputsOf(step));
      const actual = await packed.run(inputsOf(step));
      for (const [name, data] of Object.entries(expected))
        expectClose(`${name} ${step}`, actual[name]!, data, 1e-5);
    }
    const expected = await plain.readState();
    const actual = await packed.readState();
    expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [name, data] of Object.entries(expected)) expectClose(name, actual[name]!, data, 2e-5);
  });

  it('needs a third fewer operations than updating weight by weight, even for so few weights', () => {
    const count = (form: typeof program) =>
      traceProgram(form, webgpuProvider).graph.nodes.filter(({ op }) => op !== 'Reshape').length;
    expect(count(program.packed!().program)).toBeLessThan(0.7 * count(program));
  });
});

describe('packed state', () => {
  it('is read and written by the names of its members, some or all', async () => {
    const packed = await openPacked();
    const state = samplePretrainState(config);
    await packed.writeState(state);
    expect(await packed.readState()).toEqual(state);
    const [name, other] = ['context/transformer.norm.weight', 'predictor/norm.weight'].map(
      (wanted) => Object.keys(state).find((each) => each === wanted) ?? Object.keys(state)[0]!,
    ) as [string, string];
    const changed = { [name]: state[name]!.map((value) => value + 1) };
    await packed.writeState(changed);
    expect(await packed.readState([name])).toEqual(changed);
    expect(await packed.readState([other])).toEqual(name === other ? changed : { [other]: state[other]! });
    expect(await packed.readState()).toEqual({ ...state, ...changed });
  });

  it('must be written whole before the first step, and knows its names', async () => {
    const packed = await openPacked();
    const { [program.state[0]!.name]: _, ...rest } = samplePretrainState(config);
    await packed.writeState(rest);
    await expect(packed.run(inputsOf(0))).rejects.toMatchObject({ code: 'executor.failed' });
    await expect(packed.readState(['nothing'])).rejects.toMatchObject({ code: 'tensor.shape' });
    await expect(packed.writeState({ nothing: new Float32Array(1) })).rejects.toMatchObject({
      code: 'tensor.shape',
    });
  });
});
