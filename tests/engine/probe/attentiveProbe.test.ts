import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStepSchedule } from '../../../engine/mimjepa/schedules.ts';
import type { AttentiveProbeOptions } from '../../../engine/probe/attentiveProbe.ts';
import {
  createTokenSource,
  fitAttentiveProbe,
  planHeadEpochs,
} from '../../../engine/probe/attentiveProbe.ts';
import { headNoiseSites, headProgram, sampleHeadState } from '../../../engine/probe/headProgram.ts';
import type { HeadLayout } from '../../../engine/probe/headProgram.ts';
import { scoreAgainstLabels } from '../../../engine/probe/metrics.ts';
import { takeLabels } from '../../../engine/probe/probeData.ts';
import { sampleNoise } from '../../../engine/nn/noise.ts';
import { computeAdamWInputs } from '../../../engine/nn/adamW.ts';
import {
  classifierAdamW,
  softenLabels,
  startClassifierState,
} from '../../../engine/probe/classifierProgram.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { createExecutor } from '../../../engine/runtime/executors.ts';
import type { Executor } from '../../../engine/runtime/program.ts';
import { rowRange } from './syntheticData.ts';

const tokenCount = 6;
const embedDim = 16;
const classCount = 3;
const n = 320;

/** The class shows in one token only, at a random place: pooling must find it. */
function createTokens() {
  const random = new CounterRandom(9);
  const signs = Float32Array.from({ length: classCount * embedDim }, () => 2 * random.nextNormal());
  const labels = Int32Array.from({ length: n }, (_, i) => i % classCount);
  const tokens = Float32Array.from({ length: n * tokenCount * embedDim }, () => random.nextNormal());
  labels.forEach((label, image) => {
    const start = (image * tokenCount + random.nextInteger(tokenCount)) * embedDim;
    for (let j = 0; j < embedDim; j++)
      tokens[start + j] = signs[label * embedDim + j]! + 0.3 * random.nextNormal();
  });
  return { labels, tokens };
}

const { labels, tokens } = createTokens();
let executor: Executor;
beforeAll(async () => {
  executor = await createExecutor('compiled-cpu');
});
afterAll(() => executor.dispose());

function optionsFor(head: AttentiveProbeOptions['head'], changedLabels = labels): AttentiveProbeOptions {
  return {
    head,
    tokens: createTokenSource('tokens', tokens, tokenCount, embedDim),
    labels: changedLabels,
    classCount,
    splits: { train: rowRange(0, 128), validation: rowRange(128, 64), test: rowRange(192, 128) },
    seed: 1,
    executor,
    createRates: (shape) => createStepSchedule({ ...shape, emaStart: 1, emaFinal: 1 }).at,
    createOrder: (count, batchSize) => (step) =>
      Int32Array.from({ length: batchSize }, (_, i) => (step * batchSize + i) % count),
  };
}

describe.each(['simple', 'multihead', 'cross'] as const)('attentive probe, %s head', (head) => {
  test('learns a class that shows in one token of each image', async () => {
    // Past the warm-up (80 of 400 steps) the rest of the schedule adds little here.
    let steps = 0;
    const outcome = await fitAttentiveProbe({ ...optionsFor(head), isOver: () => ++steps >= 260 });
    const { top1 } = scoreAgainstLabels(outcome.testScores, labels.slice(192));
    // Chance is 0.33; 128 training images let the larger heads overfit.
    expect(top1).toBeGreaterThan(0.65);
    expect(outcome.selection.chosen).toMatch(/^learning rate 0\.0\d+, epoch \d+$/);
    const settings = outcome.selection.candidates.map(({ setting }) => setting);
    expect(settings).toContain(outcome.selection.chosen);
  });
});

describe('attentive probe', () => {
  test('test labels do not change the chosen epoch or the scores, and the same seed repeats them', async () => {
    const changed = labels.map((label, row) => (row >= 192 ? (label + 1) % classCount : label));
    const fit = (own: typeof labels) => {
      let steps = 0;
      return fitAttentiveProbe({ ...optionsFor('simple', own), isOver: () => ++steps >= 60 });
    };
    const first = await fit(labels);
    const second = await fit(changed);
    expect(second.selection).toEqual(first.selection);
    expect(second.testScores.data).toEqual(first.testScores.data);
  });

  test('ends when asked, with the best weights so far', async () => {
    let asked = 0;
    const outcome = await fitAttentiveProbe({ ...optionsFor('simple'), isOver: () => ++asked >= 5 });
    // Two steps an epoch; asked after each, and once more before the second learning rate.
    expect(asked).toBe(6);
    expect(outcome.epochs).toBe(3);
    expect(outcome.testScores.rows).toBe(128);
  });

  test('small sets get more epochs, within a bound', () => {
    expect(planHeadEpochs(17)).toBe(40);
    expect(planHeadEpochs(5)).toBe(120);
    expect(planHeadEpochs(1)).toBe(200);
  });

  test('token sources return the asked rows in order, repeated where asked twice', async () => {
    const source = createTokenSource('t', Float32Array.of(0, 1, 10, 11, 20, 21), 2, 1);
    expect(await source.read(Int32Array.of(2, 0, 2))).toEqual(Float32Array.of(20, 21, 0, 1, 20, 21));
  });

  test('a part without images is refused', async () => {
    const options = optionsFor('simple');
    const splits = { ...options.splits, validation: new Int32Array(0) };
    await expect(fitAttentiveProbe({ ...options, splits })).rejects.toMatchObject({
      code: 'probe.impossible',
    });
  });
});

describe('head program', () => {
  test.each(['simple', 'multihead', 'cross'] as const)(
    'compiled and eager training of the %s head give the same losses',
    async (head) => {
      // Wide enough for the cross head's feed-forward layer to exist.
      const shape = { embedDim: 48, numClasses: classCount, numHeads: 4 };
      const random = new CounterRandom(2);
      const wideTokens = Float32Array.from({ length: 40 * tokenCount * 48 }, () => random.nextNormal());
      const layout: HeadLayout = { head, shape, batchSize: 8, tokenCount };
      const losses: number[][] = [];
      for (const id of ['compiled-cpu', 'eager-cpu'] as const) {
        const own = await createExecutor(id);
        const compiled = await own.compile(headProgram(layout));
        await compiled.writeState(startClassifierState(sampleHeadState(layout, 3)));
        const seen: number[] = [];
        for (let step = 0; step < 5; step++) {
          const rows = rowRange(step * 8, 8);
          const { loss } = await compiled.run({
            tokens: await createTokenSource('t', wideTokens, tokenCount, 48).read(rows),
            targets: softenLabels(takeLabels(labels, rows), classCount, 0.1),
            ...sampleNoise(headNoiseSites(layout), 3, step),
            ...computeAdamWInputs(step, 1e-3, 0.1, classifierAdamW),
          });
          seen.push(loss![0]!);
        }
        losses.push(seen);
        await compiled.dispose();
        await own.dispose();
      }
      losses[0]!.forEach((loss, step) => expect(Math.abs(loss - losses[1]![step]!)).toBeLessThan(1e-5));
      expect(new Set(losses[0]).size).toBe(5);
    },
  );
});
