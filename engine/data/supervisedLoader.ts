// Batches for supervised training: one augmented view of each image, and its class.
import type { AugmentConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { BatchOrder } from './batchOrder.ts';
import { imageBatches, openBatchPrefetch, type LoaderOptions } from './batchPrefetch.ts';

export interface SupervisedImages {
  /** [B, 3, S, S], normalised float32. */
  readonly images: Float32Array;
  /** Class number at each position, [B]. */
  readonly labels: Int32Array;
  readonly imageIndices: Int32Array;
}

export interface SupervisedLoaderOptions extends LoaderOptions {
  /** Class number of each image, in the order of `images`. */
  readonly labels: readonly number[] | Int32Array;
  readonly augment: AugmentConfig;
  /** Side of the model's input, pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
  readonly seed: number;
}

export interface SupervisedLoader {
  readonly imageCount: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  batch(step: number): Promise<SupervisedImages>;
  close(): Promise<void>;
}

/**
 * Opens a loader for supervised training; order and filling of batches as in pretraining, with random numbers of its own.
 * Throws dataset.empty, dataset.invalid, file.unwritable; `batch` rejects with file.missing, file.unreadable, file.corrupt.
 */
export async function createSupervisedLoader(options: SupervisedLoaderOptions): Promise<SupervisedLoader> {
  const { images, labels, augment, imageSize, batchSize, seed } = options;
  if (labels.length !== images.length) {
    throw new EngineError('dataset.invalid', `${images.length} images, but ${labels.length} labels`);
  }
  const order = new BatchOrder(images.length, batchSize, seed, 'supervised');
  const views = { kind: 'random', viewCount: 1, augment, seed, site: 'supervised' } as const;
  const prefetch = await openBatchPrefetch(options, { side: imageSize, views }, imageBatches, (step) => ({
    step,
    images: order.imagesOfStep(step),
  }));
  return {
    imageCount: images.length,
    batchSize,
    stepsPerEpoch: order.stepsPerEpoch,
    batch: async (step) => {
      const imageIndices = order.imagesOfStep(step);
      const [view] = (await prefetch.batch(step)).views;
      return { images: view!, labels: imageIndices.map((index) => labels[index]!), imageIndices };
    },
    close: () => prefetch.close(),
  };
}
