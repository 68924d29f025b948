// A pool of image workers: every task of imageTasks.ts, each with its own type of result.
import type { TaskOf, TaskResults, WorkerSetup } from './imageTasks.ts';
import { imageWork } from './imageWork.ts';
import { openTaskPool, type TaskPool } from './taskPool.ts';

export interface WorkerPool extends Pick<TaskPool<never, never>, 'size' | 'close'> {
  /** Runs a task on the next free worker. Rejects with the task's EngineError, or `internal` where the worker died. */
  run<K extends keyof TaskResults>(task: TaskOf<K>): Promise<TaskResults[K]>;
}

/** Starts workers for one purpose; 0 runs everything in the caller's thread. Throws internal where they are not built. */
export async function openWorkerPool(count: number, setup: WorkerSetup): Promise<WorkerPool> {
  return (await openTaskPool(count, imageWork, setup)) as WorkerPool;
}
