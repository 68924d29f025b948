// Mixed precision: products of float16, everything else float32. onnxruntime's CPU provider computes such a graph in
// float32 and rounds operands and results as the graph says, so what is tested here is the rounding, not a GPU's kernels.
import { afterAll, describe, expect, test } from 'vitest';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { lastingState, runStepParts } from '../../../engine/mimjepa/microBatches.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import { computeBatchParts, computeScheduleInputs } from '../../../engine/mimjepa/stepInputs.ts';
import { CompiledExecutor } from '../../../engine/runtime/compiledExecutor.ts';
import { createExecutor } from '../../../engine/runtime/executors.ts';
import { PackedProgram } from '../../../engine/runtime/packedState.ts';
import type { CompiledProgram, TensorData } from '../../../engine/runtime/program.ts';
import { relativeDistance, sampleBatch, smallRun } from './smallRun.ts';

const executor = new CompiledExecutor({ spinning: false });
afterAll(() => executor.dispose());

type State = Record<string, TensorData>;

/** Trains so many steps from a state; `image` takes the place of every pixel of the first step. */
async function train(
  change: Parameters<typeof smallRun>[0],
  { steps = 1, state, image }: { steps?: number; state?: State; image?: number } = {},
  open: (config: ReturnType<typeof smallRun>) => Promise<CompiledProgram> = (config) =>
    executor.compile(pretrainProgram(config)),
) {
  const config = smallRun(change);
  const schedule = createSchedule(config.optimizer, 1);
  const program = await open(config);
  await program.writeState({ ...samplePretrainState(config), ...state });
  const outputs: Record<string, TensorData>[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = sampleBatch(config, step);
    if (image !== undefined && step === 0) batch.contextImages.fill(image);
    const parts = computeBatchParts(config, step, batch);
    outputs.push(await runStepParts(program, parts, computeScheduleInputs(config, schedule.at(step), step)));
  }
  const after = await program.readState(lastingState(program.program.state));
  await program.dispose();
  return { outputs, state: after };
}

const scaleState = (scale: number, steps = 0): State => ({ lossScale: Float32Array.of(scale, steps) });
const numberOf = (outputs: Record<string, TensorData> | undefined, name: string) => outputs![name]![0]!;

describe('a step in mixed precision', () => {
  test('is the float32 step within what float16 rounds, and not the same', async () => {
    const plain = await train({}, { steps: 3 });
    const mixed = await train({ precision: 'mixed' }, { steps: 3 });
    plain.outputs.forEach((expected, step) => {
      const relative = Math.abs(numberOf(mixed.outputs[step], 'loss') / numberOf(expected, 'loss') - 1);
      expect(relative, `loss ${step}`).toBeLessThan(1e-3);
      expect(relative, `loss ${step}`).toBeGreaterThan(0);
      expect(relativeDistance(mixed.outputs[step]!['gradNorms']!, expected['gradNorms']!)).toBeLessThan(5e-3);
    });
    expect(mixed.outputs.map((output) => numberOf(output, 'skipped'))).toEqual([0, 0, 0]);
    expect(mixed.state['lossScale']).toEqual(Float32Array.of(2 ** 16, 3));
  });

  test('does not depend on the factor, a power of two, where nothing is too small for float16', async () => {
    const [low, high] = await Promise.all(
      [2 ** 12, 2 ** 16].map((scale) => train({ precision: 'mixed' }, { state: scaleState(scale) })),
    );
    for (const name of Object.keys(low!.state).filter((each) => each.startsWith('adam.m/'))) {
      expect(relativeDistance(low!.state[name]!, high!.state[name]!), name).toBeLessThan(2e-3);
    }
  });

  test.each([0, 4])(
    'that overflows is left out, bit for bit, and halves the factor (parts of %i)',
    async (microBatch) => {
      const change = { precision: 'mixed', microBatch } as const;
      const { outputs, state } = await train(change, { image: 1e6 });
      expect(numberOf(outputs[0], 'skipped')).toBe(1);
      expect(numberOf(outputs[0], 'lossScale')).toBe(2 ** 16);
      const { lossScale, ...rest } = state;
      expect(lossScale).toEqual(Float32Array.of(2 ** 15, 0));
      const before = samplePretrainState(smallRun(change));
      for (const [name, values] of Object.entries(rest)) expect(values, name).toEqual(before[name]);

      // The next step is as if there had been none.
      const after = await train(change, { image: 1e6, steps: 2 });
      expect(numberOf(after.outputs[1], 'skipped')).toBe(0);
      expect(Number.isFinite(numberOf(after.outputs[1], 'loss'))).toBe(true);
    },
  );

  test('tries a larger factor after 2,000 steps without an overflow, and never less than 1', async () => {
    const grown = await train({ precision: 'mixed' }, { state: scaleState(2 ** 10, 1_999) });
    expect(grown.state['lossScale']).toEqual(Float32Array.of(2 ** 11, 0));
    const least = await train({ precision: 'mixed' }, { state: scaleState(1), image: 1e6 });
    expect(least.state['lossScale']).toEqual(Float32Array.of(1, 0));
  });

  test('over packed state is the same step', async () => {
    const change = { precision: 'mixed' } as const;
    const expected = await train(change, { steps: 2 });
    const packed = await train(change, { steps: 2 }, async (config) => {
      const program = pretrainProgram(config);
      const form = program.packed!();
      return new PackedProgram(program, form, await executor.compile(form.program));
    });
    for (const [name, values] of Object.entries(expected.state)) {
      expect(relativeDistance(packed.state[name]!, values), name).toBeLessThan(1e-3);
    }
    const skipped = await train(change, { image: 1e6 }, async (config) => {
      const program = pretrainProgram(config);
      const form = program.packed!();
      return new PackedProgram(program, form, await executor.compile(form.program));
    });
    expect(numberOf(skipped.outputs[0], 'skipped')).toBe(1);
  });

  test('is refused, by name, by executors that compute one operation after the other', async () => {
    const eager = await createExecutor('eager-cpu');
    await expect(eager.compile(pretrainProgram(smallRun({ precision: 'mixed' })))).rejects.toMatchObject({
      code: 'executor.unavailable',
      message: expect.stringContaining('optimizer.precision'),
    });
    await eager.dispose();
  });
});
