// Batches for pretraining: two views of each image that share the crop and differ in colour.
import type { RunConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { BatchOrder } from './batchOrder.ts';
import { openBatchPrefetch, type LoaderOptions } from './batchPrefetch.ts';

export interface PretrainImages {
  /** What the context encoder sees: [B, 3, S, S], normalised float32. */
  readonly contextImages: Float32Array;
  /** What the target encoder sees: the same crops in other colours. */
  readonly targetImages: Float32Array;
  /** Index of the image at each position, [B]. */
  readonly imageIndices: Int32Array;
}

export interface PretrainLoader {
  readonly imageCount: number;
  readonly batchSize: number;
  /** ceil(images / batch size); the last batch of an epoch is filled from the next epoch's order. */
  readonly stepsPerEpoch: number;
  /** The batch of a step, counted from 0 over all epochs: always the same for the same images and configuration. */
  batch(step: number): Promise<PretrainImages>;
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

/**
 * Opens a loader for pretraining. Everything random depends on the configuration's seed, the step and the position only.
 * Throws dataset.empty, config.invalid, file.unwritable; `batch` rejects with file.missing, file.unreadable, file.corrupt.
 */
export async function createPretrainLoader(
  options: LoaderOptions & { readonly config: RunConfig },
): Promise<PretrainLoader> {
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
  const prefetch = await openBatchPrefetch(options, { side: config.model.imageSize, views }, (step) => ({
    step,
    images: order.imagesOfStep(step),
  }));
  return {
    imageCount: images.length,
    batchSize,
    stepsPerEpoch: order.stepsPerEpoch,
    batch: async (step) => {
      const [contextImages, targetImages] = (await prefetch.batch(step)).views;
      return {
        contextImages: contextImages!,
        targetImages: targetImages!,
        imageIndices: order.imagesOfStep(step),
      };
    },
    close: () => prefetch.close(),
  };
}
