// Entry point of an image worker thread: runs the tasks it is sent, one after the other, and transfers the results.
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError, type SerializedError } from '../contract/errors.ts';
import { createTaskRunner, type TaskResults, type WorkerSetup, type WorkerTask } from './imageTasks.ts';

export interface WorkerRequest {
  readonly id: number;
  readonly task: WorkerTask;
}

export type WorkerReply =
  | { readonly id: number; readonly result: TaskResults[keyof TaskResults] }
  | { readonly id: number; readonly error: SerializedError };

/** Buffers of a result that can be handed over instead of copied. */
function transferList(result: TaskResults[keyof TaskResults]): ArrayBuffer[] {
  if (!('views' in result)) return [];
  return [...new Set(result.views.map((view) => view.buffer))];
}

async function serve(): Promise<void> {
  const port = parentPort;
  if (!port) return;
  const runner = await createTaskRunner(workerData as WorkerSetup);
  let queue = Promise.resolve();
  const answer = async ({ id, task }: WorkerRequest): Promise<void> => {
    try {
      const result = await runner.run(task);
      port.postMessage({ id, result } satisfies WorkerReply, transferList(result));
    } catch (error) {
      port.postMessage({ id, error: serializeError(error) } satisfies WorkerReply);
    }
  };
  port.on('message', (request: WorkerRequest) => {
    queue = queue.then(() => answer(request));
  });
}

await serve();
