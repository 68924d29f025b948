// A fixed number of image workers with one queue. A worker that dies fails the task it had and is replaced.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { deserializeError, EngineError } from '../contract/errors.ts';
import {
  createTaskRunner,
  type TaskOf,
  type TaskResults,
  type TaskRunner,
  type WorkerSetup,
  type WorkerTask,
} from './imageTasks.ts';
import type { WorkerReply, WorkerRequest } from './imageWorker.ts';

export interface WorkerPool {
  /** Tasks that run at the same time. */
  readonly size: number;
  /** Runs a task on the next free worker. Rejects with the task's EngineError, or `internal` where the worker died. */
  run<K extends keyof TaskResults>(task: TaskOf<K>): Promise<TaskResults[K]>;
  /** Ends the workers; tasks that have not ended are rejected. */
  close(): Promise<void>;
}

interface Job {
  readonly task: WorkerTask;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The worker's bundle: beside this code once it is bundled, else where the build puts it. */
function findWorkerFile(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    for (const candidate of [
      join(folder, 'imageWorker.mjs'),
      join(folder, 'dist', 'engine', 'imageWorker.mjs'),
    ]) {
      if (existsSync(candidate)) return candidate;
    }
    const parent = dirname(folder);
    if (parent === folder) {
      throw new EngineError(
        'internal',
        'the image worker is not built: run `npm run build`, or use 0 workers',
      );
    }
    folder = parent;
  }
}

/** Pixels lie outside this heap. A worker that needs more ends alone, where without a limit the process would. */
const resourceLimits = { maxOldGenerationSizeMb: 512, codeRangeSizeMb: 32 };

/** Room for one thread, started when it is first needed, and the job it has at the moment. */
interface Seat {
  worker: Worker | null;
  job: Job | null;
}

class ThreadPool implements WorkerPool {
  readonly size: number;
  readonly #setup: WorkerSetup;
  readonly #file = findWorkerFile();
  readonly #seats: readonly Seat[];
  readonly #queue: Job[] = [];
  #isClosed = false;
  #nextId = 0;

  constructor(size: number, setup: WorkerSetup) {
    this.size = size;
    this.#setup = setup;
    this.#seats = Array.from({ length: size }, () => ({ worker: null, job: null }));
    for (const seat of this.#seats) this.#startWorker(seat);
  }

  #startWorker(seat: Seat): Worker {
    const worker = new Worker(this.#file, { workerData: this.#setup, resourceLimits });
    // Idle workers must not keep a process alive that has nothing else to do.
    worker.unref();
    worker.on('message', (reply: WorkerReply) => this.#finish(seat, reply));
    worker.on('error', (cause: unknown) => this.#vacate(seat, worker, cause));
    worker.on('exit', (code) => this.#vacate(seat, worker, `exit code ${code}`));
    seat.worker = worker;
    return worker;
  }

  #finish(seat: Seat, reply: WorkerReply): void {
    // A last reply must not let the process end while `close` still waits for the worker.
    if (this.#isClosed) return;
    const { job } = seat;
    seat.job = null;
    seat.worker?.unref();
    if (job && 'error' in reply) job.reject(deserializeError(reply.error));
    else if (job && 'result' in reply) job.resolve(reply.result as never);
    this.#dispatch();
  }

  #vacate(seat: Seat, worker: Worker, cause: unknown): void {
    // Both `error` and `exit` arrive for one death; only the first still meets the worker in its seat.
    if (this.#isClosed || seat.worker !== worker) return;
    const { job } = seat;
    seat.worker = null;
    seat.job = null;
    job?.reject(new EngineError('internal', 'an image worker stopped unexpectedly', { cause }));
    this.#dispatch();
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      if (seat.job) continue;
      const job = this.#queue.shift();
      if (!job) return;
      const worker = seat.worker ?? this.#startWorker(seat);
      seat.job = job;
      worker.ref();
      worker.postMessage({ id: this.#nextId++, task: job.task } satisfies WorkerRequest);
    }
  }

  run<K extends keyof TaskResults>(task: TaskOf<K>): Promise<TaskResults[K]> {
    return new Promise<TaskResults[K]>((resolve, reject) => {
      if (this.#isClosed) reject(new EngineError('internal', 'the image workers are closed'));
      else this.#queue.push({ task, resolve: resolve as Job['resolve'], reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closed = new EngineError('internal', 'the image workers were closed');
    for (const job of this.#queue.splice(0)) job.reject(closed);
    for (const seat of this.#seats) seat.job?.reject(closed);
    const workers = this.#seats.flatMap(({ worker }) => (worker ? [worker] : []));
    // An idle worker is unreferenced, and the process could end before it has, leaving the caller waiting for ever.
    for (const worker of workers) worker.ref();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Runs tasks in the caller's thread, one after the other. */
class OwnThread implements WorkerPool {
  readonly size = 1;
  readonly #runner: TaskRunner;
  #last: Promise<unknown> = Promise.resolve();

  constructor(runner: TaskRunner) {
    this.#runner = runner;
  }

  run<K extends keyof TaskResults>(task: TaskOf<K>): Promise<TaskResults[K]> {
    const result = this.#last.then(() => this.#runner.run(task));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
  }
}

/** Starts workers for one purpose; 0 runs everything in the caller's thread. Throws internal where they are not built. */
export async function openWorkerPool(count: number, setup: WorkerSetup): Promise<WorkerPool> {
  return count > 0 ? new ThreadPool(count, setup) : new OwnThread(await createTaskRunner(setup));
}
