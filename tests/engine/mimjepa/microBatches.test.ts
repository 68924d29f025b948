// A step in parts is the step: same loss, same gradients (through the moments), same weights, whatever the parts' size.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paperConfig, type ModelConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { assertValidConfig } from '../../../engine/contract/configFields.ts';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { lastingState, runStepParts } from '../../../engine/mimjepa/microBatches.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import {
  computeBatchParts,
  computeScheduleInputs,
  type PretrainBatch,
} from '../../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import type { TensorData } from '../../../engine/runtime/program.ts';

const executor = new CompiledExecutor({ spinning: false });
afterAll(() => executor.dispose());

const batchSize = 8;

function configOf(microBatch: number, model: Partial<ModelConfig> = {}): RunConfig {
  const small = { imageSize: 64, embedDim: 32, depth: 2, numHeads: 2, predictorDepth: 2 };
  const optimizer = { ...paperConfig.optimizer, batchSize, microBatch, epochs: 20, warmupEpochs: 2 };
  return {
    ...paperConfig,
    model: { ...paperConfig.model, ...small, ...model },
    optimizer: { ...optimizer, lrStart: 1e-3, lrPeak: 2e-3 },
    seed: 11,
  };
}

function sampleBatch({ model }: RunConfig, step: number): PretrainBatch {
  const length = batchSize * model.inChannels * model.imageSize ** 2;
  const random = new CounterRandom('microBatches', step);
  const contextImages = Float32Array.from({ length }, () => random.nextNormal());
  return { contextImages, targetImages: contextImages.map((value) => value + 0.1 * random.nextNormal()) };
}

interface Trained {
  readonly outputs: readonly Record<string, TensorData>[];
  /** After the first step, whose first moment is the gradient itself. */
  readonly state: Record<string, TensorData>;
}

/** Dropout and stochastic depth stay on: what is drawn must not depend on the parts. */
async function train(config: RunConfig, steps: number): Promise<Trained> {
  const schedule = createSchedule(config.optimizer, 1);
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState(samplePretrainState(config));
  const outputs: Record<string, TensorData>[] = [];
  let state: Record<string, TensorData> = {};
  for (let step = 0; step < steps; step++) {
    const parts = computeBatchParts(config, step, sampleBatch(config, step));
    expect(parts).toHaveLength(batchSize / (config.optimizer.microBatch || batchSize));
    outputs.push(await runStepParts(program, parts, computeScheduleInputs(config, schedule.at(step), step)));
    if (step === 0) state = await program.readState(lastingState(program.program.state));
  }
  await program.dispose();
  return { outputs, state };
}

/** Euclidean distance over the length of `expected`. */
function relativeDistance(actual: TensorData, expected: TensorData): number {
  let [distance, length] = [0, 0];
  expected.forEach((value, index) => {
    distance += (actual[index]! - value) ** 2;
    length += value ** 2;
  });
  return Math.sqrt(distance) / Math.max(Math.sqrt(length), 1e-30);
}

describe.each([
  ['SCOTT', {}, [4, 2]],
  ['ViT with registers', { tokenizer: 'vit', patchSize: 16, numRegisterTokens: 2 }, [1]],
] as const)('a step of %s in parts', (_, model, sizes) => {
  let whole: Trained;
  beforeAll(async () => void (whole = await train(configOf(0, model), 3)));

  test.each(sizes)('of %i images equals the whole: loss, gradients, weights', async (microBatch) => {
    const parts = await train(configOf(microBatch, model), 3);
    parts.outputs.forEach((output, step) => {
      const expected = whole.outputs[step]!;
      expect(Math.abs(output['loss']![0]! / expected['loss']![0]! - 1), `loss ${step}`).toBeLessThan(1e-5);
      expect(relativeDistance(output['gradNorms']!, expected['gradNorms']!)).toBeLessThan(1e-5);
    });
    expect(Object.keys(parts.state)).toEqual(Object.keys(whole.state));
    for (const [name, expected] of Object.entries(whole.state)) {
      expect(relativeDistance(parts.state[name]!, expected), name).toBeLessThan(1e-5);
    }
  });
});

describe('the parts of a step', () => {
  test('leave weights and moments as they are, bit for bit, until the last', async () => {
    const config = configOf(4);
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(samplePretrainState(config));
    const [part] = computeBatchParts(config, 0, sampleBatch(config, 0));
    const schedule = computeScheduleInputs(config, createSchedule(config.optimizer, 1).at(0), 0);
    const flags = { 'part/share': 0.5, 'part/keepSums': 0, 'part/update': 0 };
    const inputs = Object.entries(flags).map(([name, value]) => [name, Float32Array.of(value)] as const);
    await program.run({ ...part, ...schedule, ...Object.fromEntries(inputs) });
    const { state } = program.program;
    const after = await program.readState(lastingState(state));
    const before = samplePretrainState(config);
    for (const [name, values] of Object.entries(after)) expect(values, name).toEqual(before[name]);
    const sums = state.map(({ name }) => name).filter((name) => !(name in after));
    const added = await program.readState(sums);
    expect(Object.values(added).some((values) => values.some((value) => value !== 0))).toBe(true);
    await program.dispose();
  });

  test('must divide the batch', () => {
    expect(() => assertValidConfig(configOf(4))).not.toThrow();
    expect(() => assertValidConfig(configOf(3))).toThrow('does not divide a batch of 8');
  });
});
