// What image workers can be asked to do. A worker is set up once, for one purpose, and then does that one thing; the same
// code runs in the caller's own thread when there are no workers.
import type { LargeImageTurn } from './largeImageTurn.ts';
import type { FileVerdict } from './examineFile.ts';
import type { PixelCacheHandle } from './pixelCache.ts';
import type { AssembledBatch, AssemblySetup, BatchPlan, RandomViews } from './batchAssembly.ts';
import type { KnownFile } from './knownFile.ts';
import type { SourceImage } from './pixelSource.ts';
import type { RenderedView } from './renderModelView.ts';
import type { RgbImage } from './rgbImage.ts';

export type WorkerSetup =
  | { readonly purpose: 'examine'; readonly cache: PixelCacheHandle | null; readonly turn: LargeImageTurn }
  | { readonly purpose: 'assemble'; readonly assembly: AssemblySetup }
  | { readonly purpose: 'show'; readonly turn: LargeImageTurn };

export type WorkerTask =
  | { readonly kind: 'examine'; readonly path: Uint8Array; readonly relativePath: string }
  | { readonly kind: 'assemble'; readonly plan: BatchPlan }
  /** A JPEG whose longest side is at most `size` pixels. */
  | { readonly kind: 'picture'; readonly file: KnownFile; readonly size: number }
  /** Pixels as a training batch starts from them. */
  | { readonly kind: 'pixels'; readonly image: SourceImage; readonly cache: PixelCacheHandle }
  | {
      readonly kind: 'view';
      readonly image: RgbImage;
      readonly side: number;
      readonly views: RandomViews;
      readonly step: number;
      readonly position: number;
    };

/** Result of each kind of task. */
export interface TaskResults {
  readonly examine: FileVerdict;
  readonly assemble: AssembledBatch;
  readonly picture: Uint8Array<ArrayBuffer>;
  readonly pixels: RgbImage;
  readonly view: RenderedView;
}

export type TaskOf<K extends keyof TaskResults> = Extract<WorkerTask, { readonly kind: K }>;

export interface TaskRunner {
  run<K extends keyof TaskResults>(task: TaskOf<K>): Promise<TaskResults[K]>;
}

/** Builds what runs the tasks. Modules load on demand: a worker that only reads cached pixels never loads sharp. */
export async function createTaskRunner(setup: WorkerSetup): Promise<TaskRunner> {
  if (setup.purpose === 'examine') {
    const { examineFile } = await import('./examineFile.ts');
    const { PixelCache } = await import('./pixelCache.ts');
    const cache = setup.cache ? new PixelCache(setup.cache) : null;
    const run = (task: WorkerTask) => {
      if (task.kind !== 'examine') throw new TypeError(`this worker examines files, not: ${task.kind}`);
      return examineFile(Buffer.from(task.path), task.relativePath, cache, setup.turn);
    };
    return { run } as TaskRunner;
  }
  if (setup.purpose === 'show') return createShowRunner(setup.turn);
  const { createBatchAssembler } = await import('./batchAssembly.ts');
  const assemble = createBatchAssembler(setup.assembly);
  const run = (task: WorkerTask) => {
    if (task.kind !== 'assemble') throw new TypeError(`this worker assembles batches, not: ${task.kind}`);
    return assemble(task.plan);
  };
  return { run } as TaskRunner;
}

/** Pictures for people to look at. */
async function createShowRunner(turn: LargeImageTurn): Promise<TaskRunner> {
  const { renderPicture } = await import('./renderPicture.ts');
  const { renderModelView } = await import('./renderModelView.ts');
  const { PixelSource, reserveSharedPixels } = await import('./pixelSource.ts');
  const run = (task: WorkerTask): Promise<unknown> => {
    switch (task.kind) {
      case 'picture':
        return renderPicture(task.file, task.size, turn);
      case 'pixels': {
        const images = [task.image];
        const shared = reserveSharedPixels(images, task.cache.shorterSide, 0);
        return new PixelSource({ images, cache: task.cache, shared }).load(0);
      }
      case 'view':
        return renderModelView(task.image, task.side, task.views, task.step, task.position);
      default:
        throw new TypeError(`this worker draws pictures, not: ${task.kind}`);
    }
  };
  return { run } as TaskRunner;
}
