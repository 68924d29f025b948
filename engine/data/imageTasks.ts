// What image workers can be asked to do. A worker is set up once, for one purpose, and then does that one thing; the same
// code runs in the caller's own thread when there are no workers.
import type { LargeImageTurn } from './largeImageTurn.ts';
import type { FileVerdict } from './examineFile.ts';
import type { PixelCacheHandle } from './pixelCache.ts';
import type { AssembledBatch, AssemblySetup, BatchPlan } from './batchAssembly.ts';

export type WorkerSetup =
  | { readonly purpose: 'examine'; readonly cache: PixelCacheHandle | null; readonly turn: LargeImageTurn }
  | { readonly purpose: 'assemble'; readonly assembly: AssemblySetup };

export type WorkerTask =
  | { readonly kind: 'examine'; readonly path: Uint8Array; readonly relativePath: string }
  | { readonly kind: 'assemble'; readonly plan: BatchPlan };

/** Result of each kind of task. */
export interface TaskResults {
  readonly examine: FileVerdict;
  readonly assemble: AssembledBatch;
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
  const { createBatchAssembler } = await import('./batchAssembly.ts');
  const assemble = createBatchAssembler(setup.assembly);
  const run = (task: WorkerTask) => {
    if (task.kind !== 'assemble') throw new TypeError(`this worker assembles batches, not: ${task.kind}`);
    return assemble(task.plan);
  };
  return { run } as TaskRunner;
}
