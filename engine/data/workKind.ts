// What a pool of workers can be made for, and the worker's side of it: a thread is set up once, for one kind of work, and
// then does that one thing.
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError, type SerializedError } from '../contract/errors.ts';

export type TaskRunner<Task, Result> = (task: Task) => Promise<Result>;

/** One kind of work. Setup, task and result are plain data. */
export interface WorkKind<Setup, Task, Result> {
  /** File of the threads' entry point, e.g. `imageWorker.mjs`; it serves this work. */
  readonly bundle: string;
  /** Makes what does the tasks; in the caller's own thread where there are no workers. */
  createRunner(setup: Setup): Promise<TaskRunner<Task, Result>>;
  /** Buffers of a result that can be handed over instead of copied. */
  buffersOf(result: Result): ArrayBuffer[];
}

export interface WorkerRequest<Task> {
  readonly id: number;
  readonly task: Task;
}

export type WorkerReply<Result> =
  { readonly id: number; readonly result: Result } | { readonly id: number; readonly error: SerializedError };

/** The life of a worker thread: does the tasks it is sent, one after the other, and hands the results over. */
export async function serveTasks<Setup, Task, Result>(work: WorkKind<Setup, Task, Result>): Promise<void> {
  const port = parentPort;
  if (!port) return;
  const runner = await work.createRunner(workerData as Setup);
  let queue = Promise.resolve();
  const answer = async ({ id, task }: WorkerRequest<Task>): Promise<void> => {
    try {
      const result = await runner(task);
      port.postMessage({ id, result } satisfies WorkerReply<Result>, work.buffersOf(result));
    } catch (error) {
      port.postMessage({ id, error: serializeError(error) } satisfies WorkerReply<Result>);
    }
  };
  port.on('message', (request: WorkerRequest<Task>) => {
    queue = queue.then(() => answer(request));
  });
}
