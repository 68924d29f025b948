// Runs heavy requests in processes of their own, one at a time: two would share the processor's cores and its memory, and
// each would take more than twice as long.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmitEvent, RequestResults } from '../../contract/contract.ts';
import { deserializeError, EngineError } from '../../contract/errors.ts';
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import { findBundle, readLogEnd, type ChildHandle, type SpawnProcess } from '../processes/childProcess.ts';
import { cancelledError } from '../processes/giveUp.ts';
import { isMemoryEnd } from '../processes/memoryEnd.ts';
import type { TaskOrder, TaskReply } from './taskMessages.ts';

export interface Task {
  readonly name: RequestName;
  /** Checked. */
  readonly payload: RequestPayload<RequestName>;
  /** What a person calls it. */
  readonly title: string;
  readonly emit: EmitEvent;
  readonly signal: AbortSignal | undefined;
}

/** What a task is to those that wait for it. */
export type Turn = Pick<Task, 'title' | 'emit' | 'signal'>;

export interface TaskRunnerOptions {
  readonly spawnProcess: SpawnProcess;
  readonly dataFolder: string;
}

/** How long a task may take to give up by itself; a step of training that blocks its thread cannot hear. */
const graceMs = 700;
const logName = 'log';
/** How long a task may take to end after its result. */
const lingerMs = 5_000;

export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #children = new Set<ChildHandle>();
  readonly #waiting: { readonly task: Turn; readonly start: () => void }[] = [];
  #active: Turn | null = null;
  #isClosed = false;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
  }

  /** The task that is worked on, and those that wait. */
  get taskCount(): number {
    return this.#waiting.length + (this.#active ? 1 : 0);
  }

  /**
   * Answers when the task is done. Rejects with the task's own error, `cancelled` at most a second after its caller gave
   * up, and executor.failed where its process died.
   */
  async run(task: Task): Promise<RequestResults[RequestName]> {
    await this.#takeTurn(task);
    let folder: string | undefined;
    let child: ChildHandle | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), 'thimble-task-'));
      const logFile = join(folder, logName);
      child = this.#options.spawnProcess({ file: findBundle('task'), args: [], logFile, outlives: false });
      this.#children.add(child);
      return await this.#follow(task, child, folder);
    } finally {
      void this.#settle(child, folder);
    }
  }

  /** Does work of this process's own, or of one that it looks after, as if it were a task: none computes meanwhile. */
  async inTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    await this.#takeTurn(turn);
    try {
      return await work();
    } finally {
      this.#passTurn();
    }
  }

  /** Ends all tasks at once. */
  close(): void {
    this.#isClosed = true;
    for (const child of this.#children) child.kill();
    for (const { start } of this.#waiting.splice(0)) start();
  }

  /** Waits until no other task is worked on. */
  async #takeTurn(task: Turn): Promise<void> {
    if (this.#active) {
      task.emit('task.progress', { step: `Waits for ${this.#active.title}`, share: null });
      await new Promise<void>((start) => {
        const waiting = { task, start };
        this.#waiting.push(waiting);
        task.signal?.addEventListener('abort', () => {
          const place = this.#waiting.indexOf(waiting);
          if (place >= 0) this.#waiting.splice(place, 1);
          start();
        });
      });
    }
    if (task.signal?.aborted || this.#isClosed) {
      // It may have been given the turn just before its caller gave up.
      if (this.#active === task) this.#passTurn();
      throw cancelledError();
    }
    this.#active = task;
  }

  #follow(task: Task, child: ChildHandle, folder: string): Promise<RequestResults[RequestName]> {
    const { name, payload, signal, emit } = task;
    const logFile = join(folder, logName);
    const post = (order: TaskOrder) => child.post(order);
    return new Promise((resolve, reject) => {
      let killing: NodeJS.Timeout | undefined;
      const onAbort = () => {
        post({ kind: 'cancel' });
        killing = setTimeout(() => child.kill(), graceMs);
      };
      const end = (settle: () => void) => {
        clearTimeout(killing);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      child.onMessage((message) => {
        const reply = message as TaskReply;
        if (reply.kind === 'event') emit(reply.name, reply.event as never);
        else if (reply.kind === 'result') end(() => resolve(reply.result));
        else end(() => reject(signal?.aborted ? cancelledError() : deserializeError(reply.error)));
      });
      void child.ended.then((how) => {
        const isUnwanted = signal?.aborted || this.#isClosed;
        end(() => reject(isUnwanted ? cancelledError() : diedError(task, how, readLogEnd(logFile))));
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      const { dataFolder } = this.#options;
      post({ kind: 'start', name, payload, dataFolder, temporaryFolder: folder });
    });
  }

  /** Waits for the process to end, and lets the next task have its turn. */
  async #settle(child: ChildHandle | undefined, folder: string | undefined): Promise<void> {
    if (child) {
      const killing = setTimeout(() => child.kill(), lingerMs);
      await child.ended;
      clearTimeout(killing);
      this.#children.delete(child);
    }
    // Whatever happens to its folder, the next has its turn: on Windows a virus scanner may still hold the log.
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    this.#passTurn();
  }

  #passTurn(): void {
    this.#active = null;
    const next = this.#waiting.shift();
    if (!next) return;
    // Taken at once, so that a task that comes meanwhile lines up behind.
    this.#active = next.task;
    next.start();
  }
}

/** The system ends a process for want of memory with SIGKILL; an allocation that fails, with SIGABRT or a word in the log. */
function diedError({ title }: Task, how: string, log: string): EngineError {
  const isMemory = isMemoryEnd(how, log) || /SIGABRT|code 134/.test(how);
  const why = isMemory
    ? `most likely it needed more memory than this machine has (${Math.round(totalmem() / 2 ** 30)} GB). Choose a smaller model, smaller images or a smaller batch.`
    : 'nothing was stored.';
  return new EngineError('executor.failed', `The process for ${title} ended unexpectedly (${how}); ${why}`, {
    details: { how, log, isMemory },
  });
}
