// Trains queued runs one at a time, oldest first, whichever of the open projects they are in.
import { serializeError } from '../../contract/errors.ts';
import type { RunState } from '../../contract/run.ts';
import { isStillThere, type Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { changeRunState, listQueue, readRunState } from '../../project/queries/runs.ts';
import { spawnNodeProcess, type SpawnProcess } from '../processes/childProcess.ts';
import { isProjectTraining } from './runLock.ts';
import { reconcileRuns, startRun, type RunHandle, type RunListeners } from './supervisor.ts';

export interface QueueOptions extends RunListeners {
  /** A run's trainer has ended. */
  readonly onEnd?: (runId: number, state: RunState) => void;
  readonly spawnProcess?: SpawnProcess;
  /** Whether a run of a project that is not among these trains on this machine; asked before a run is started. */
  readonly isBusyElsewhere?: () => boolean;
}

/** Looking into other projects costs a little, and the queue is looked at every other second. */
const elsewhereMs = 5_000;

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
  #askedElsewhereMs = -Infinity;
  #wasBusyElsewhere = false;

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
    const looks = this.#listProjects().flatMap((project) => lookInto(project) ?? []);
    if (looks.some(({ isTraining }) => isTraining)) return null;
    const waiting = looks
      .flatMap((look) => look.waiting)
      .sort((a, b) => a.createdAtMs - b.createdAtMs || a.id - b.id);
    if (waiting.length > 0 && this.#isBusyElsewhere()) return null;
    for (const next of waiting) {
      this.#active = this.#start(next);
      if (this.#active) break;
    }
    return this.#active;
  }

  #isBusyElsewhere(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#askedElsewhereMs >= elsewhereMs) {
      this.#askedElsewhereMs = nowMs;
      this.#wasBusyElsewhere = this.#options.isBusyElsewhere?.() ?? false;
    }
    return this.#wasBusyElsewhere;
  }

  /** Runs that wait for their turn. */
  get waitingCount(): number {
    return this.#listProjects().reduce((sum, project) => sum + (lookInto(project)?.waiting.length ?? 0), 0);
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

interface QueueLook {
  readonly isTraining: boolean;
  readonly waiting: readonly Waiting[];
}

/** Null for a project that cannot be trained in just now: its disk is gone, or it can only be read. */
function lookInto(project: Project): QueueLook | null {
  if (project.readOnly) return null;
  try {
    // Starting a run would make the folder anew.
    if (!isStillThere(project)) return null;
    reconcileRuns(project);
    return {
      isTraining: isProjectTraining(project),
      waiting: listQueue(project.database).map((run) => ({ project, ...run })),
    };
  } catch (cause) {
    // The runs of all other projects must not wait for it.
    process.emitWarning(`${project.folder}: ${serializeError(cause).message}`);
    return null;
  }
}
