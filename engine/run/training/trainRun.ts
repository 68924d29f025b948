// One run from where it stands to where it ends: takes the run's lock, trains, and leaves the run in the state that tells
// how it ended. May be killed at any moment.
import { mkdirSync } from 'node:fs';
import type { RunState } from '../../contract/run.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { changeRunState, readRunState } from '../../project/queries/runs.ts';
import { DeviceLosses } from './deviceLosses.ts';
import { LifeSignWriter } from './lifeSign.ts';
import { acquireRunLock } from './runLock.ts';
import { trainInParts } from './trainInParts.ts';
import { RunTrainer, type TrainRunOptions } from './runTrainer.ts';

/**
 * Trains a queued run to its end, or until it is asked to pause or stop; returns the state it is left in. What goes wrong
 * while training becomes that state (`failed`, or `paused` where the disk is full) and an event, not an error; a device
 * that is lost is opened again, or the CPU takes its place, and the run's events tell. Throws
 * run.notFound, run.state (it is not queued), project.locked (another process trains it).
 */
export async function trainRun(
  project: Project,
  runId: number,
  options: TrainRunOptions = {},
): Promise<RunState> {
  readRunState(project.database, runId);
  mkdirSync(runFolder(project, runId), { recursive: true });
  const lock = await acquireRunLock(project, runId);
  // Before the run counts as running: from then on a sign is expected.
  const sign = new LifeSignWriter(runFolder(project, runId));
  try {
    claimRun(project, runId);
    const losses = new DeviceLosses(project, runId, options);
    const send = options.send ?? (() => undefined);
    for (;;) {
      const trainer = new RunTrainer(project, runId, { ...options, sign }, losses.executorId);
      try {
        return await trainer.train(options.signal);
      } catch (cause) {
        // The next trainer goes on from the last checkpoint, as after any interruption.
        const goesOn = trainInParts(project, runId, cause, send) || losses.canGoOn(cause);
        if (!goesOn) return trainer.endWithError(cause);
      } finally {
        await trainer.close();
      }
    }
  } finally {
    sign.remove();
    lock.release();
  }
}

function claimRun({ database }: Project, runId: number): void {
  // Whoever marked it running is dead: its lock was free.
  if (readRunState(database, runId) === 'running') {
    changeRunState(database, runId, 'interrupted');
    changeRunState(database, runId, 'queued');
  }
  changeRunState(database, runId, 'running');
}
