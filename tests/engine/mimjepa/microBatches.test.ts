// A step in parts is the step: same loss, same gradients (through the moments), same weights, whatever the parts' size.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfig } from '../../../engine/contract/config.ts';
import { assertValidConfig } from '../../../engine/contract/configFields.ts';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { lastingState, runStepParts } from '../../../engine/mimjepa/microBatches.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import { computeBatchParts, computeScheduleInputs } from '../../../engine/mimjepa/stepInputs.ts';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import type { TensorData } from '../../../engine/runtime/program.ts';
import { batchSize, relativeDistance, sampleBatch, smallRun } from './smallRun.ts';

const executor = new CompiledExecutor({ spinning: false });
afterAll(() => executor.dispose());

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

describe.each([
  ['SCOTT', {}, [4, 2]],
  ['ViT with registers', { tokenizer: 'vit', patchSize: 16, numRegisterTokens: 2 }, [1]],
] as const)('a step of %s in parts', (_, model, sizes) => {
  let whole: Trained;
  beforeAll(async () => void (whole = await train(smallRun({}, model), 3)));

  test.each(sizes)('of %i images equals the whole: loss, gradients, weights', async (microBatch) => {
    const parts = await train(smallRun({ microBatch }, model), 3);
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
    const config = smallRun({ microBatch: 4 });
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
    expect(() => assertValidConfig(smallRun({ microBatch: 4 }))).not.toThrow();
    expect(() => assertValidConfig(smallRun({ microBatch: 3 }))).toThrow('does not divide a batch of 8');
  });
});
