// Batches for pretraining: two views of each image that share the crop and differ in colour.
import type { RunConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { BatchOrder } from './batchOrder.ts';
import { imageBatches, openBatchPrefetch, type BatchWork, type LoaderOptions } from './batchPrefetch.ts';

export interface PretrainImages {
  /** What the context encoder sees: [B, 3, S, S], normalised float32. */
  readonly contextImages: Float32Array;
  /** What the target encoder sees: the same crops in other colours. */
  readonly targetImages: Float32Array;
}

export interface WithIndices {
  /** Index of the image at each position, [B]. */
  readonly imageIndices: Int32Array;
}

export interface PretrainLoader<Batch> {
  readonly imageCount: number;
  readonly batchSize: number;
  /** ceil(images / batch size); the last batch of an epoch is filled from the next epoch's order. */
  readonly stepsPerEpoch: number;
  /** The batch of a step, counted from 0 over all epochs: always the same for the same images and configuration. */
  batch(step: number): Promise<Batch & WithIndices>;
  close(): Promise<void>;
}

/** Throws config.invalid where the model does not read RGB. */
export function assertRgbInput(config: Pick<RunConfig, 'model'>): void {
  const { inChannels } = config.model;
  if (inChannels === 3) return;
  throw new EngineError(
    'config.invalid',
    `images are loaded as RGB; inChannels must be 3, got ${inChannels}`,
  );
}

export interface PretrainLoaderOptions extends LoaderOptions {
  readonly config: RunConfig;
}

/** A loader of the two views themselves. Throws as openPretrainLoader does. */
export async function createPretrainLoader(
  options: PretrainLoaderOptions,
): Promise<PretrainLoader<PretrainImages>> {
  const loader = await openPretrainLoader(options, imageBatches);
  return {
    ...loader,
    batch: async (step) => {
      const { views, imageIndices } = await loader.batch(step);
      return { contextImages: views[0]!, targetImages: views[1]!, imageIndices };
    },
  };
}

/**
 * Opens a loader for pretraining whose workers make `Batch` of two views. Everything random depends on the configuration's seed, the step and the position only.
 * Throws dataset.empty, config.invalid, file.unwritable; `batch` rejects with file.missing, file.unreadable, file.corrupt.
 */
export async function openPretrainLoader<Batch>(
  options: PretrainLoaderOptions,
  work: BatchWork<Batch>,
): Promise<PretrainLoader<Batch>> {
  const { images, config } = options;
  assertRgbInput(config);
  const { batchSize } = config.optimizer;
  const order = new BatchOrder(images.length, batchSize, config.seed, 'pretrain');
  const views = {
    kind: 'random',
    viewCount: 2,
    augment: config.augment,
    seed: config.seed,
    site: 'pretrain',
  } as const;
  const prefetch = await openBatchPrefetch(
    options,
    { side: config.model.imageSize, views },
    work,
    (step) => ({
      step,
      images: order.imagesOfStep(step),
    }),
  );
  return {
    imageCount: images.length,
    batchSize,
    stepsPerEpoch: order.stepsPerEpoch,
    batch: async (step) => ({
      ...(await prefetch.batch(step)),
      imageIndices: order.imagesOfStep(step),
    }),
    close: () => prefetch.close(),
  };
}
