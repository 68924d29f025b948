// Trains a project's queued runs one at a time, oldest first.
import type { RunState } from '../../contract/run.ts';
import type { Project } from '../../project/project.ts';
import { listRunIds } from '../../project/queries/runs.ts';
import { reconcileRuns, startRun, type RunHandle, type RunListeners } from './supervisor.ts';
import { isRunLocked } from './runLock.ts';

export interface QueueListeners extends RunListeners {
  /** A run's trainer has ended. */
  readonly onEnd?: (runId: number, state: RunState) => void;
}

export class RunQueue {
  readonly #project: Project;
  readonly #listeners: QueueListeners;
  #active: RunHandle | null = null;
  #isClosed = false;

  constructor(project: Project, listeners: QueueListeners = {}) {
    this.#project = project;
    this.#listeners = listeners;
  }

  /** The run whose trainer this queue started, while it works. */
  get active(): RunHandle | null {
    return this.#active;
  }

  /**
   * Starts the oldest queued run unless one is training already, whoever started that; goes on with the next when it
   * ends. Call it whenever a run was queued. Returns what is now training because of this queue.
   */
  advance(): RunHandle | null {
    if (this.#active || this.#isClosed) return this.#active;
    reconcileRuns(this.#project);
    const { database } = this.#project;
    const isBusy = listRunIds(database, 'running').some((id) => isRunLocked(this.#project, id));
    const [next] = listRunIds(database, 'queued');
    if (isBusy || next === undefined) return null;
    this.#active = startRun(this.#project, next, this.#listeners);
    void this.#follow(this.#active);
    return this.#active;
  }

  /** Starts no more runs; the one that is training goes on by itself. */
  close(): void {
    this.#isClosed = true;
  }

  async #follow(handle: RunHandle): Promise<void> {
    try {
      const state = await handle.done;
      this.#active = null;
      this.#listeners.onEnd?.(handle.runId, state);
    } finally {
      this.#active = null;
    }
    this.advance();
  }
}
