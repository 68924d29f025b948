// A fixed number of worker threads with one queue. A worker that dies fails the task it had and is replaced. Knows no work.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { deserializeError, EngineError } from '../contract/errors.ts';
import type { TaskRunner, WorkerReply, WorkerRequest, WorkKind } from './workKind.ts';

export interface TaskPool<Task, Result> {
  /** Tasks that run at the same time. */
  readonly size: number;
  /** Runs a task on the next free worker. Rejects with the task's EngineError, or `internal` where the worker died. */
  run(task: Task): Promise<Result>;
  /** Ends the workers; tasks that have not ended are rejected. */
  close(): Promise<void>;
}

interface Job<Task, Result> {
  readonly task: Task;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** The worker's bundle: beside this code once it is bundled, else where the build puts it. */
function findWorkerFile(bundle: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    for (const candidate of [join(folder, bundle), join(folder, 'dist', 'engine', bundle)]) {
      if (existsSync(candidate)) return candidate;
    }
    const parent = dirname(folder);
    if (parent === folder) {
      throw new EngineError(
        'internal',
        `the worker ${bundle} is not built: run \`npm run build\`, or use 0 workers`,
      );
    }
    folder = parent;
  }
}

/** Pixels lie outside this heap. A worker that needs more ends alone, where without a limit the process would. */
const resourceLimits = { maxOldGenerationSizeMb: 512, codeRangeSizeMb: 32 };

/** Room for one thread, started when it is first needed, and the job it has at the moment. */
interface Seat<Task, Result> {
  worker: Worker | null;
  job: Job<Task, Result> | null;
}

class ThreadPool<Task, Result> implements TaskPool<Task, Result> {
  readonly size: number;
  readonly #setup: unknown;
  readonly #file: string;
  readonly #seats: readonly Seat<Task, Result>[];
  readonly #queue: Job<Task, Result>[] = [];
  #isClosed = false;
  #nextId = 0;

  constructor(size: number, bundle: string, setup: unknown) {
    this.size = size;
    this.#setup = setup;
    this.#file = findWorkerFile(bundle);
    this.#seats = Array.from({ length: size }, () => ({ worker: null, job: null }));
    for (const seat of this.#seats) this.#startWorker(seat);
  }

  #startWorker(seat: Seat<Task, Result>): Worker {
    const worker = new Worker(this.#file, { workerData: this.#setup, resourceLimits });
    // Idle workers must not keep a process alive that has nothing else to do.
    worker.unref();
    worker.on('message', (reply: WorkerReply<Result>) => this.#finish(seat, reply));
    worker.on('error', (cause: unknown) => this.#vacate(seat, worker, cause));
    worker.on('exit', (code) => this.#vacate(seat, worker, `exit code ${code}`));
    seat.worker = worker;
    return worker;
  }

  #finish(seat: Seat<Task, Result>, reply: WorkerReply<Result>): void {
    // A last reply must not let the process end while `close` still waits for the worker.
    if (this.#isClosed) return;
    const { job } = seat;
    seat.job = null;
    seat.worker?.unref();
    if (job && 'error' in reply) job.reject(deserializeError(reply.error));
    else if (job && 'result' in reply) job.resolve(reply.result);
    this.#dispatch();
  }

  #vacate(seat: Seat<Task, Result>, worker: Worker, cause: unknown): void {
    // Both `error` and `exit` arrive for one death; only the first still meets the worker in its seat.
    if (this.#isClosed || seat.worker !== worker) return;
    const { job } = seat;
    seat.worker = null;
    seat.job = null;
    job?.reject(new EngineError('internal', 'a worker stopped unexpectedly', { cause }));
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
      worker.postMessage({ id: this.#nextId++, task: job.task } satisfies WorkerRequest<Task>);
    }
  }

  run(task: Task): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#isClosed) reject(new EngineError('internal', 'the workers are closed'));
      else this.#queue.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closed = new EngineError('internal', 'the workers were closed');
    for (const job of this.#queue.splice(0)) job.reject(closed);
    for (const seat of this.#seats) seat.job?.reject(closed);
    const workers = this.#seats.flatMap(({ worker }) => (worker ? [worker] : []));
    // An idle worker is unreferenced, and the process could end before it has, leaving the caller waiting for ever.
    for (const worker of workers) worker.ref();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Runs tasks in the caller's thread, one after the other. */
class OwnThread<Task, Result> implements TaskPool<Task, Result> {
  readonly size = 1;
  readonly #runner: TaskRunner<Task, Result>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(runner: TaskRunner<Task, Result>) {
    this.#runner = runner;
  }

  run(task: Task): Promise<Result> {
    const result = this.#last.then(() => this.#runner(task));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
  }
}

/** Starts workers for one purpose; 0 runs everything in the caller's thread. Throws internal where they are not built. */
export async function openTaskPool<Setup, Task, Result>(
  count: number,
  work: WorkKind<Setup, Task, Result>,
  setup: Setup,
): Promise<TaskPool<Task, Result>> {
  if (count === 0) return new OwnThread(await work.createRunner(setup));
  return new ThreadPool<Task, Result>(count, work.bundle, setup);
}
