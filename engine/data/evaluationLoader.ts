// Batches for measuring: every image once, in order, always the same view.
import { EngineError } from '../contract/errors.ts';
import { imageBatches, openBatchPrefetch, type LoaderOptions } from './batchPrefetch.ts';

export interface EvaluationImages {
  /** [B, 3, S, S], normalised float32; positions from `count` on repeat the last image. */
  readonly images: Float32Array;
  /** Index of the first image, and how many positions are real. */
  readonly first: number;
  readonly count: number;
}

export interface EvaluationLoaderOptions extends LoaderOptions {
  /** Side of the model's input, pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
}

export interface EvaluationLoader {
  readonly imageCount: number;
  readonly batchSize: number;
  readonly batchCount: number;
  /** Batch by number, 0 … batchCount − 1. */
  batch(index: number): Promise<EvaluationImages>;
  close(): Promise<void>;
}

/**
 * Opens a loader for measuring: shorter side to 256/224 of the input, bilinear, centre square. Throws dataset.empty,
 * file.unwritable; `batch` rejects with file.missing, file.unreadable, file.corrupt.
 */
export async function createEvaluationLoader(options: EvaluationLoaderOptions): Promise<EvaluationLoader> {
  const { images, imageSize, batchSize } = options;
  if (images.length === 0) throw new EngineError('dataset.empty', 'there is no image to measure on');
  const batchCount = Math.ceil(images.length / batchSize);
  const last = images.length - 1;
  const prefetch = await openBatchPrefetch(
    options,
    { side: imageSize, views: { kind: 'center' } },
    imageBatches,
    (index) => {
      if (index < 0 || index >= batchCount) return null;
      const positions = Int32Array.from({ length: batchSize }, (_, place) =>
        Math.min(index * batchSize + place, last),
      );
      return { step: index, images: positions };
    },
  );
  return {
    imageCount: images.length,
    batchSize,
    batchCount,
    batch: async (index) => {
      const [view] = (await prefetch.batch(index)).views;
      const first = index * batchSize;
      return { images: view!, first, count: Math.min(batchSize, images.length - first) };
    },
    close: () => prefetch.close(),
  };
}
