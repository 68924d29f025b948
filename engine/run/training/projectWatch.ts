// The heartbeat of an engine that serves an app: looks at every open project in turn, and lets the queue go on.
import { messageOf } from '../../contract/errors.ts';
import type { Project } from '../../project/project.ts';
import type { Broadcast } from '../engine.ts';
import { ProjectWatcher } from './projectWatcher.ts';
import type { RunQueue } from './runQueue.ts';

const trainingIntervalMs = 700;
const idleIntervalMs = 2_000;

export class ProjectWatch {
  readonly #broadcast: Broadcast;
  readonly #queue: RunQueue;
  readonly #watchers = new Map<string, ProjectWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #isSoon = false;
  #isClosed = false;

  constructor(broadcast: Broadcast, queue: RunQueue) {
    this.#broadcast = broadcast;
    this.#queue = queue;
    this.#schedule(idleIntervalMs);
  }

  /** Begins to watch a project that was just opened, before anything in it is changed. */
  add(project: Project): void {
    if (project.readOnly) return;
    const { folder } = project;
    this.#watchers.set(
      folder,
      new ProjectWatcher(project, (name, event) => this.#broadcast(folder, name, event)),
    );
    this.lookSoon();
  }

  /** Its folder is gone. */
  remove({ folder }: Project): void {
    this.#watchers.delete(folder);
  }

  /** Looks once the present work is done: something may have changed. */
  lookSoon(): void {
    if (this.#isSoon || this.#isClosed) return;
    this.#isSoon = true;
    setImmediate(() => {
      this.#isSoon = false;
      this.#look();
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#isClosed) return;
    let isTraining = false;
    for (const [folder, watcher] of this.#watchers) {
      this.#attempt(folder, () => (isTraining = watcher.look() || isTraining));
    }
    this.#attempt('the queue', () => this.#queue.advance());
    this.#schedule(isTraining || this.#queue.active ? trainingIntervalMs : idleIntervalMs);
  }

  /** A project whose database cannot be read just now (its disk is gone, another program writes) must not stop the rest. */
  #attempt(what: string, work: () => unknown): void {
    try {
      work();
    } catch (cause) {
      process.emitWarning(`${what}: ${messageOf(cause)}`);
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), delayMs);
    // Watching alone keeps no process alive.
    this.#timer.unref();
  }
}
