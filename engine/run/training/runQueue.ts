// Trains queued runs one at a time, oldest first, whichever of the open projects they are in.
import { serializeError } from '../../contract/errors.ts';
import type { RunState } from '../../contract/run.ts';
import type { Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { changeRunState, listQueue, listRunIds, readRunState } from '../../project/queries/runs.ts';
import { spawnNodeProcess, type SpawnProcess } from '../processes/childProcess.ts';
import { isRunLocked } from './runLock.ts';
import { reconcileRuns, startRun, type RunHandle, type RunListeners } from './supervisor.ts';

export interface QueueOptions extends RunListeners {
  /** A run's trainer has ended. */
  readonly onEnd?: (runId: number, state: RunState) => void;
  readonly spawnProcess?: SpawnProcess;
}

interface Waiting {
  readonly project: Project;
  readonly id: number;
  readonly createdAtMs: number;
}

export class RunQueue {
  readonly #listProjects: () => readonly Project[];
  readonly #options: QueueOptions;
  #active: RunHandle | null = null;
  #isClosed = false;

  /** @param listProjects the projects whose runs it trains, asked anew each time. */
  constructor(listProjects: () => readonly Project[], options: QueueOptions = {}) {
    this.#listProjects = listProjects;
    this.#options = options;
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
    const projects = this.#listProjects().filter(({ readOnly }) => !readOnly);
    for (const project of projects) reconcileRuns(project);
    if (projects.some(isTraining)) return null;
    const waiting = projects
      .flatMap((project) => listQueue(project.database).map((run): Waiting => ({ project, ...run })))
      .sort((a, b) => a.createdAtMs - b.createdAtMs || a.id - b.id);
    for (const next of waiting) {
      this.#active = this.#start(next);
      if (this.#active) break;
    }
    return this.#active;
  }

  /** Starts no more runs; the one that is training goes on by itself. */
  close(): void {
    this.#isClosed = true;
  }

  /** Null where it cannot even be started; the run then says why, and does not hold up those behind it. */
  #start({ project, id }: Waiting): RunHandle | null {
    try {
      const handle = startRun(project, id, this.#options, this.#options.spawnProcess ?? spawnNodeProcess);
      void this.#follow(handle);
      return handle;
    } catch (cause) {
      if (readRunState(project.database, id) !== 'queued') return null;
      const failure = serializeError(cause);
      changeRunState(project.database, id, 'failed', failure);
      const message = `Training could not be started: ${failure.message}`;
      const event = insertRunEvent(project.database, id, { step: 0, kind: 'failed', message });
      this.#options.onEvent?.(event);
      return null;
    }
  }

  async #follow(handle: RunHandle): Promise<void> {
    let state: RunState | undefined;
    try {
      state = await handle.done;
    } catch (cause) {
      // Its project is closed, or its database cannot be read now: the run tells the rest when it can be.
      if (!this.#isClosed) process.emitWarning(`run ${handle.runId}: ${serializeError(cause).message}`);
    }
    this.#active = null;
    if (this.#isClosed) return;
    if (state) this.#options.onEnd?.(handle.runId, state);
    this.advance();
  }
}

function isTraining(project: Project): boolean {
  return listRunIds(project.database, 'running').some((id) => isRunLocked(project, id));
}
