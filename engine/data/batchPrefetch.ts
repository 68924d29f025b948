// Keeps the next batches in the making while the current one is used.
import { availableParallelism } from 'node:os';
import { EngineError } from '../contract/errors.ts';
import type { AssembledBatch, AssemblySetup, BatchPlan } from './batchAssembly.ts';
import { openPixelCache, type PixelCacheSettings } from './pixelCache.ts';
import { reserveSharedPixels, type SourceImage } from './pixelSource.ts';
import type { TaskPool } from './taskPool.ts';
import { openWorkerPool } from './workerPool.ts';

export interface LoaderOptions {
  readonly images: readonly SourceImage[];
  /** Where decoded pixels are kept between runs. */
  readonly cache: PixelCacheSettings;
  /** Worker threads; 0 does the work in the caller's thread, when asked. Default: one, or two from four cores on. */
  readonly workers?: number;
  /** Most bytes of decoded pixels kept in memory, shared by the workers. Default 512 MB. */
  readonly memoryBytes?: number;
}

const defaultMemoryBytes = 512 * 1024 ** 2;

/** Worker threads that leave the processor to the training step. */
export function defaultLoaderWorkers(): number {
  return availableParallelism() >= 4 ? 2 : 1;
}

/** Batches by number, made ahead in order by a pool of workers. */
export class BatchPrefetch<Batch> {
  readonly #pool: TaskPool<BatchPlan, Batch>;
  readonly #planOf: (step: number) => BatchPlan | null;
  readonly #ahead: number;
  readonly #coming = new Map<number, Promise<Batch>>();

  constructor(pool: TaskPool<BatchPlan, Batch>, ahead: number, planOf: (step: number) => BatchPlan | null) {
    this.#pool = pool;
    this.#ahead = ahead;
    this.#planOf = planOf;
  }

  #request(step: number): Promise<Batch> | null {
    const known = this.#coming.get(step);
    if (known) return known;
    const plan = this.#planOf(step);
    if (!plan) return null;
    const coming = this.#pool.run(plan);
    // Whoever asks for this batch sees its error; one that nobody asks for must not end the process.
    coming.catch(() => undefined);
    this.#coming.set(step, coming);
    return coming;
  }

  /** One batch; it belongs to the caller. Any order works, rising steps are fast. */
  async batch(step: number): Promise<Batch> {
    const wanted = this.#request(step);
    if (!wanted) throw new EngineError('internal', `there is no batch ${step}`);
    for (let next = step + 1; next <= step + this.#ahead; next++) this.#request(next);
    for (const known of this.#coming.keys()) {
      if (known <= step || known > step + this.#ahead) this.#coming.delete(known);
    }
    return wanted;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Opens the pool that makes batches of plans: of images, or of something that takes them further. */
export type BatchWork<Batch> = (
  workers: number,
  assembly: AssemblySetup,
) => Promise<TaskPool<BatchPlan, Batch>>;

/** The images themselves. */
export const imageBatches: BatchWork<AssembledBatch> = async (workers, assembly) => {
  const pool = await openWorkerPool(workers, { purpose: 'assemble', assembly });
  return {
    size: pool.size,
    run: (plan) => pool.run({ kind: 'assemble', plan }),
    close: () => pool.close(),
  };
};

/** Opens cache, shared memory and workers for a loader. Throws file.unwritable. */
export async function openBatchPrefetch<Batch>(
  options: LoaderOptions,
  assembly: Pick<AssemblySetup, 'side' | 'views'>,
  openPool: BatchWork<Batch>,
  planOf: (step: number) => BatchPlan | null,
): Promise<BatchPrefetch<Batch>> {
  const cache = await openPixelCache(options.cache, options.images);
  // Only what the workers need crosses to them, not whole records.
  const images = options.images.map(({ path, sha256, width, height }) => ({ path, sha256, width, height }));
  const memoryBytes = options.memoryBytes ?? defaultMemoryBytes;
  const shared = reserveSharedPixels(images, options.cache.shorterSide, memoryBytes);
  const workers = options.workers ?? defaultLoaderWorkers();
  const pool = await openPool(workers, { ...assembly, images, shared, cache: cache.handle });
  // One batch for each worker to make while the caller uses the present one; more would only take memory.
  return new BatchPrefetch(pool, workers, planOf);
}
