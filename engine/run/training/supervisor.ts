// Starts trainers and says how they ended. A trainer that dies without a word leaves its run `interrupted`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import type { RunEvent, RunProgress, RunState } from '../../contract/run.ts';
import { asProjectError } from '../../project/database.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { askRun, changeRunState, listRunIds, readRun, readRunState } from '../../project/queries/runs.ts';
import { findBundle, readLogEnd, spawnNodeProcess, type SpawnProcess } from '../processes/childProcess.ts';
import type { TrainerMessage } from './runRecorder.ts';
import { isRunLocked } from './runLock.ts';

export interface RunHandle {
  readonly runId: number;
  readonly pid: number;
  /** The state the run is in once its trainer has ended. */
  readonly done: Promise<RunState>;
}

export interface RunListeners {
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onEvent?: (event: RunEvent) => void;
}

/** What a trainer wrote to its standard streams; empty unless something went wrong. */
export const trainerLogFile = 'trainer.log';

/**
 * Starts a trainer for a queued run. It is no child in the sense of ending with this process: closing the program leaves
 * it training. Throws run.notFound, run.state when the run is not queued, internal when the trainer is not built.
 */
export function startRun(
  project: Project,
  runId: number,
  listeners: RunListeners = {},
  spawnProcess: SpawnProcess = spawnNodeProcess,
): RunHandle {
  const state = readRunState(project.database, runId);
  if (state !== 'queued') {
    throw new EngineError('run.state', `Run ${runId} is ${state}; only a queued run can be started.`, {
      details: { runId, state },
    });
  }
  const folder = runFolder(project, runId);
  mkdirSync(folder, { recursive: true });
  const child = spawnProcess({
    file: findBundle('trainer'),
    args: [project.folder, String(runId)],
    logFile: join(folder, trainerLogFile),
    outlives: true,
  });
  let hasTold = false;
  child.onMessage((message) => {
    hasTold = true;
    const told = message as TrainerMessage;
    if (told.kind === 'progress') listeners.onProgress?.(told.progress);
    else listeners.onEvent?.(told.event);
  });
  const done = child.ended.then((how) => {
    try {
      // A trainer that told of itself had the run: if it waits again, somebody resumed it before this trainer was gone.
      if (hasTold && readRunState(project.database, runId) === 'queued') return 'queued';
      return settleRun(project, runId, how, listeners);
    } catch (cause) {
      throw asProjectError(cause, project.folder);
    }
  });
  return { runId, pid: child.pid ?? -1, done };
}

/** Gives a run whose trainer has ended a state that says so. */
function settleRun(project: Project, runId: number, how: string, { onEvent }: RunListeners): RunState {
  const { database } = project;
  const state = readRunState(database, runId);
  const isUnsettled = state === 'queued' || state === 'running';
  // Another program may be training it: then this one's trainer gave way, and the run is well.
  if (!isUnsettled || isRunLocked(project, runId)) return state;
  const event = database
    .transaction(() => {
      if (readRunState(database, runId) === 'queued') changeRunState(database, runId, 'running');
      return markInterrupted(project, runId, how);
    })
    .immediate();
  onEvent?.(event);
  return 'interrupted';
}

function markInterrupted(project: Project, runId: number, how: string): RunEvent {
  const { step, checkpoints } = readRun(project.database, runId);
  changeRunState(project.database, runId, 'interrupted');
  const resumesAt = checkpoints[0]?.step ?? 0;
  return insertRunEvent(project.database, runId, {
    step,
    kind: 'interrupted',
    message: `Training was interrupted at about step ${step}; it can be resumed from step ${resumesAt}.`,
    details: { how, log: readLogEnd(join(runFolder(project, runId), trainerLogFile)) },
  });
}

/** Marks runs `interrupted` that are said to be running though no living process trains them; returns their ids. */
export function reconcileRuns(project: Project): number[] {
  const { database } = project;
  return listRunIds(database, 'running').filter((runId) => {
    if (isRunLocked(project, runId)) return false;
    return database
      .transaction(() => {
        if (readRunState(database, runId) !== 'running') return false;
        markInterrupted(project, runId, 'found without a trainer');
        return true;
      })
      .immediate();
  });
}

/** Asks a running run to write a checkpoint and pause; takes a queued one out of the queue. Throws run.state. */
export function pauseRun(project: Project, runId: number): void {
  askOrChange(project, runId, 'pause', 'paused');
}

/** Pauses a run where it trains or waits; one that has ended meanwhile is left as it is. */
export function pauseIfGoing(project: Project, runId: number): void {
  const state = readRunState(project.database, runId);
  if (state !== 'running' && state !== 'queued') return;
  try {
    pauseRun(project, runId);
  } catch (cause) {
    // Its trainer is another process, and may have ended it since.
    if (!(cause instanceof EngineError && cause.code === 'run.state')) throw cause;
  }
}

/**
 * Ends a run early for good, keeping what it has learned: a running one after a checkpoint, any other at once. Throws
 * run.state when it has ended already.
 */
export function stopRun(project: Project, runId: number): void {
  askOrChange(project, runId, 'stop', 'stopped');
}

function askOrChange(
  project: Project,
  runId: number,
  asked: 'pause' | 'stop',
  state: 'paused' | 'stopped',
): void {
  const { database } = project;
  reconcileRuns(project);
  database
    .transaction(() => {
      if (readRunState(database, runId) === 'running') {
        askRun(database, runId, asked);
        return;
      }
      changeRunState(database, runId, state);
      const message = state === 'paused' ? 'Taken out of the queue.' : 'Stopped, as asked.';
      insertRunEvent(database, runId, { step: readRun(database, runId).step, kind: state, message });
    })
    .immediate();
}

/** Puts a paused, interrupted or failed run back into the queue. Throws run.state for any other. */
export function resumeRun(project: Project, runId: number): void {
  reconcileRuns(project);
  changeRunState(project.database, runId, 'queued');
}
