import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paperConfig } from '../../../engine/contract/config.ts';
import type { ModelConfig } from '../../../engine/contract/config.ts';
import { createStepSchedule } from '../../../engine/mimjepa/schedules.ts';
import { scoreAgainstLabels } from '../../../engine/probe/metrics.ts';
import { softenLabels } from '../../../engine/probe/classifierProgram.ts';
import type { SupervisedOptions } from '../../../engine/probe/supervisedBaseline.ts';
import { fitSupervised, planSupervised } from '../../../engine/probe/supervisedBaseline.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { createExecutor } from '../../../engine/runtime/executors.ts';
import type { Executor } from '../../../engine/runtime/program.ts';
import { rowRange } from './syntheticData.ts';

const side = 32; // two by two patches
const pixels = 3 * side * side;
const model: ModelConfig = {
  ...paperConfig.model,
  imageSize: side,
  embedDim: 16,
  feedForward: 'mlp',
  depth: 1,
  numHeads: 2,
  predictorDepth: 1,
};
const sizes = { train: 48, validation: 24, test: 48 };
const n = sizes.train + sizes.validation + sizes.test;

/** Horizontal, vertical and diagonal stripes under noise, at random phase. */
function createImages() {
  const random = new CounterRandom(4);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  const images = new Float32Array(n * pixels);
  labels.forEach((label, image) => {
    const phase = random.nextBetween(0, 2 * Math.PI);
    for (let at = 0; at < pixels; at++) {
      const x = at % side;
      const y = Math.floor(at / side) % side;
      const along = [x, y, (x + y) / Math.SQRT2][label]!;
      images[image * pixels + at] = Math.sin(along * 1.2 + phase) + 0.3 * random.nextNormal();
    }
  });
  return { labels, images };
}

const { labels, images } = createImages();
let executor: Executor;
beforeAll(async () => {
  executor = await createExecutor('compiled-cpu');
});
afterAll(() => executor.dispose());

function readImages(rows: Int32Array): Promise<Float32Array> {
  const out = new Float32Array(rows.length * pixels);
  rows.forEach((row, i) => out.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels));
  return Promise.resolve(out);
}

function optionsFor(changes: Partial<SupervisedOptions> = {}): SupervisedOptions {
  return {
    layout: { model, classCount: 3, batchSize: 16 },
    labels,
    splits: {
      train: rowRange(0, sizes.train),
      validation: rowRange(sizes.train, sizes.validation),
      test: rowRange(sizes.train + sizes.validation, sizes.test),
    },
    seed: 1,
    executor,
    createRates: (shape) => createStepSchedule({ ...shape, emaStart: 1, emaFinal: 1 }).at,
    budget: { epochs: 30 },
    stepsPerEpoch: 3,
    readTrainBatch: async (step) => {
      const rows = rowRange((step % 3) * 16, 16);
      return { images: await readImages(rows), labels: rows.map((row) => labels[row]!) };
    },
    readImages,
    ...changes,
  };
}

describe('supervised training from scratch', () => {
  test('learns stripes, and keeps the epoch and rate that validation chose', async () => {
    const outcome = await fitSupervised(optionsFor({ budget: { epochs: 180 }, stepsPerEpoch: 1 }));
    const { top1 } = scoreAgainstLabels(outcome.testScores, labels.slice(sizes.train + sizes.validation));
    expect(top1).toBeGreaterThan(0.8);
    expect(outcome.plan).toEqual({ trialEpochs: 20, epochs: 120 });
    expect(outcome.selection.candidates).toHaveLength(4);
    expect(outcome.recipe).toMatch(
      /^\d+ epochs, learning rate [\d.]+ \(best of 3 tried for 20 epochs\), best epoch kept$/,
    );
  });

  test('test labels change nothing, and the same seed repeats the scores', async () => {
    const changed = labels.map((label, row) =>
      row >= sizes.train + sizes.validation ? (label + 1) % 3 : label,
    );
    const first = await fitSupervised(optionsFor({ budget: { epochs: 5 } }));
    const second = await fitSupervised(optionsFor({ budget: { epochs: 5 }, labels: changed }));
    expect(second.testScores.data).toEqual(first.testScores.data);
    expect(second.selection).toEqual(first.selection);
    expect(first.plan).toEqual({ trialEpochs: 0, epochs: 5 });
  });

  test('plans epochs from a time budget and says how many it got', async () => {
    const outcome = await fitSupervised(optionsFor({ budget: { durationMs: 3000 } }));
    // Building the session counts against the budget, but no plan is shorter than one epoch.
    expect(outcome.epochs).toBeGreaterThan(0);
    expect(outcome.plan.epochs).toBeLessThanOrEqual(400);
    expect(outcome.recipe).toContain(`${outcome.epochs} epochs`);
  });

  test('the plan gives a third to the learning rates and skips them where trials would be too short', () => {
    expect(planSupervised(198)).toEqual({ trialEpochs: 22, epochs: 132 });
    expect(planSupervised(90)).toEqual({ trialEpochs: 0, epochs: 90 });
    expect(planSupervised(20)).toEqual({ trialEpochs: 0, epochs: 20 });
    expect(planSupervised(0.3)).toEqual({ trialEpochs: 0, epochs: 1 });
    expect(planSupervised(10_000)).toEqual({ trialEpochs: 30, epochs: 400 });
  });

  test('labels are softened so that each row still sums to 1', () => {
    expect(Array.from(softenLabels(Int32Array.of(1), 4, 0.1))).toEqual([
      expect.closeTo(0.025, 6),
      expect.closeTo(0.925, 6),
      expect.closeTo(0.025, 6),
      expect.closeTo(0.025, 6),
    ]);
  });
});
