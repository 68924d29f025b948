// Requests that set runs training, and end that.
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../contract/errors.ts';
import type { RunDetails } from '../../contract/run.ts';
import type { Project } from '../../project/project.ts';
import { listRunIds, readRun, readRunState, readRunSummary } from '../../project/queries/runs.ts';
import type { RunQueue } from '../training/runQueue.ts';
import {
  pauseIfGoing,
  pauseRun,
  reconcileRuns,
  resumeRun,
  startRun,
  stopRun,
} from '../training/supervisor.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

const pollMs = 500;

function assertNotTrashed(project: Project, runId: number): void {
  if (readRunSummary(project.database, runId).trashedAtMs === null) return;
  throw new EngineError('run.state', `Run ${runId} is in the trash; restore it first.`, {
    details: { runId },
  });
}

/** Waits until no other run of the project trains, then trains this one to its end, unless another program did. */
async function trainToEnd(project: Project, runId: number, call: HandlerCall): Promise<RunDetails> {
  const { database } = project;
  let hasWaited = false;
  for (;;) {
    reconcileRuns(project);
    if (listRunIds(database, 'running').length === 0 || call.signal?.aborted) break;
    hasWaited = true;
    await sleep(pollMs);
  }
  const isTakenOver = hasWaited && readRunState(database, runId) !== 'queued';
  if (call.signal?.aborted || isTakenOver) return readRun(database, runId);
  const listeners = {
    onProgress: (progress: Parameters<typeof call.emit<'run.progress'>>[1]) =>
      call.emit('run.progress', progress),
    onEvent: (event: Parameters<typeof call.emit<'run.event'>>[1]) => call.emit('run.event', event),
  };
  const handle = startRun(project, runId, listeners, call.spawnProcess);
  // Giving up means pausing safely: the trainer writes a checkpoint first.
  const onAbort = () => pauseIfGoing(project, runId);
  call.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await handle.done;
  } finally {
    call.signal?.removeEventListener('abort', onAbort);
  }
  return readRun(database, runId);
}

/** Lets the engine's queue train it, and waits for its end. */
async function followQueue(
  queue: RunQueue,
  project: Project,
  runId: number,
  signal: AbortSignal | undefined,
): Promise<RunDetails> {
  const { database } = project;
  queue.advance();
  let isPausing = false;
  for (;;) {
    const state = readRunState(database, runId);
    if (state !== 'queued' && state !== 'running') return readRun(database, runId);
    if (signal?.aborted && !isPausing) {
      isPausing = true;
      pauseIfGoing(project, runId);
    }
    await sleep(pollMs);
  }
}

function train(project: Project, runId: number, call: HandlerCall): Promise<RunDetails> {
  return call.queue ? followQueue(call.queue, project, runId, call.signal) : trainToEnd(project, runId, call);
}

export const trainHandlers: HandlersOf<
  'run.start' | 'run.resume' | 'run.enqueue' | 'run.pause' | 'run.stop'
> = {
  'run.start': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertNotTrashed(project, run);
    return train(project, run, call);
  },
  'run.resume': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertNotTrashed(project, run);
    resumeRun(project, run);
    return train(project, run, call);
  },
  'run.enqueue': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertNotTrashed(project, run);
    if (readRunState(project.database, run) !== 'queued') resumeRun(project, run);
    call.queue?.advance();
    return readRunSummary(project.database, run);
  },
  'run.pause': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    pauseRun(project, run);
    return readRunState(project.database, run);
  },
  'run.stop': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    stopRun(project, run);
    return readRunState(project.database, run);
  },
};
