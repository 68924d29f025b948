// The supervised rung: the same network trained with labels from scratch, on the same training images.
import type { RunConfig } from '../../contract/config.ts';
import { createEvaluationLoader } from '../../data/evaluationLoader.ts';
import type { PixelCacheSettings } from '../../data/pixelCache.ts';
import { createSupervisedLoader } from '../../data/supervisedLoader.ts';
import { createStepSchedule } from '../../mimjepa/schedules.ts';
import { fitSupervised, type SupervisedOutcome } from '../../probe/supervisedBaseline.ts';
import type { Executor } from '../../runtime/program.ts';
import type { LadderData } from './ladderData.ts';

export interface SupervisedRequest {
  readonly data: LadderData;
  readonly config: RunConfig;
  readonly cache: PixelCacheSettings;
  readonly executor: Executor;
  /** Learning-rate search included. */
  readonly budgetMs: number;
  readonly isOver?: () => boolean;
}

/** The given rows' images as they are measured, [n, 3 · S · S], kept in memory: early stopping reads them every epoch. */
async function readEvaluationImages(
  { data, config, cache }: SupervisedRequest,
  rows: readonly number[],
): Promise<Float32Array> {
  const { imageSize, inChannels } = config.model;
  const size = inChannels * imageSize * imageSize;
  const loader = await createEvaluationLoader({
    images: rows.map((row) => data.images[row]!),
    cache,
    imageSize,
    batchSize: 32,
  });
  try {
    const pixels = new Float32Array(rows.length * size);
    for (let index = 0; index < loader.batchCount; index++) {
      const { images, first, count } = await loader.batch(index);
      pixels.set(images.subarray(0, count * size), first * size);
    }
    return pixels;
  } finally {
    await loader.close();
  }
}

/** Trains within the budget and scores the test images. Throws probe.impossible, run.diverged. */
export async function fitSupervisedRung(request: SupervisedRequest): Promise<SupervisedOutcome> {
  const { data, config, cache, executor, budgetMs } = request;
  const { model, augment, optimizer, seed } = config;
  const measuredRows = [...data.splits.validation, ...data.splits.test];
  const placeOf = new Map(measuredRows.map((row, place) => [row, place]));
  const evaluation = await readEvaluationImages(request, measuredRows);
  const size = evaluation.length / measuredRows.length;
  const trainRows = [...data.splits.train];
  const batchSize = Math.min(optimizer.batchSize, trainRows.length);
  const loader = await createSupervisedLoader({
    images: trainRows.map((row) => data.images[row]!),
    labels: trainRows.map((row) => data.labels[row]!),
    cache,
    augment,
    imageSize: model.imageSize,
    batchSize,
    seed,
  });
  try {
    return await fitSupervised({
      layout: { model, classCount: data.classes.length, batchSize },
      labels: data.labels,
      splits: data.splits,
      seed,
      executor,
      createRates: (shape) => {
        const schedule = createStepSchedule({ ...shape, emaStart: 1, emaFinal: 1 });
        return (step) => schedule.at(step);
      },
      budget: { durationMs: budgetMs },
      stepsPerEpoch: loader.stepsPerEpoch,
      readTrainBatch: (step) => loader.batch(step),
      readImages: async (rows) => {
        const images = new Float32Array(rows.length * size);
        rows.forEach((row, i) => {
          const start = placeOf.get(row)! * size;
          images.set(evaluation.subarray(start, start + size), i * size);
        });
        return images;
      },
      isOver: request.isOver,
    });
  } finally {
    await loader.close();
  }
}
