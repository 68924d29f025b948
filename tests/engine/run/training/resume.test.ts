// A resumed run must equal one that was never interrupted, bit for bit: its last weights and every loss.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunState } from '../../../../engine/contract/run.ts';
import { readCheckpoint } from '../../../../engine/project/checkpointFile.ts';
import { runFolder } from '../../../../engine/project/project.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun, readRunState } from '../../../../engine/project/queries/runs.ts';
import { CounterRandom } from '../../../../engine/random/counterRandom.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import {
  pauseRun,
  reconcileRuns,
  resumeRun,
  startRun,
  stopRun,
  type RunHandle,
} from '../../../../engine/run/training/supervisor.ts';
import { isRunLocked } from '../../../../engine/run/training/runLock.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

const epochs = 150;
let tiny: TinyProject;
/** A run that nothing ever disturbed, and how long it took to start and to train, milliseconds. */
let undisturbed: RunTrace;
let startMs: number;
let trainMs: number;

beforeAll(async () => {
  tiny = await createTinyProject({ checkpointSeconds: 0.02 });
  const id = await createLongRun();
  const spawnedMs = performance.now();
  const handle = startRun(tiny.project, id, {
    onEvent: ({ kind }) => {
      if (kind === 'started') startMs = performance.now() - spawnedMs;
    },
  });
  expect(await handle.done).toBe('finished');
  trainMs = performance.now() - spawnedMs - startMs;
  undisturbed = traceOf(id);
});
afterAll(() => tiny?.remove());

function createLongRun(): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  return createRun(project, {
    name: 'long',
    datasetId,
    splitId,
    protocol: 'clean',
    config: { ...tinyConfigFor(epochs), monitor: { everyEpochs: 50, maxImages: 12, knnNeighbours: 3 } },
    executor: 'compiled-cpu',
  });
}

interface RunTrace {
  readonly steps: number;
  readonly weightsHash: string;
  readonly losses: readonly number[];
  readonly knn: readonly number[];
}

function traceOf(id: number): RunTrace {
  const { database } = tiny.project;
  const { step, checkpoints } = readRun(database, id);
  const [loss, knn] = readMetrics(database, id, { names: ['loss', 'knn'] });
  expect(loss?.steps).toEqual(Array.from({ length: step }, (_, index) => index));
  return { steps: step, weightsHash: checkpoints[0]!.sha256, losses: loss!.values, knn: knn!.values };
}

/** Starts a run and waits until it has got so far that a checkpoint was written. */
async function startAndWait(id: number): Promise<RunHandle> {
  const handle = startRun(tiny.project, id);
  await waitUntil(() => readRun(tiny.project.database, id).checkpoints.length > 0);
  return handle;
}

async function waitUntil(isReached: () => boolean): Promise<void> {
  const startedMs = performance.now();
  while (!isReached()) {
    if (performance.now() - startedMs > 240_000) throw new Error('waited in vain');
    await sleep(10);
  }
}

describe('pausing and resuming', () => {
  test('a paused run goes on where it stopped and ends like one that never paused', async () => {
    const { project } = tiny;
    const id = await createLongRun();
    const handle = await startAndWait(id);
    pauseRun(project, id);
    expect(await handle.done).toBe('paused');
    const paused = readRun(project.database, id);
    expect(paused.step).toBeGreaterThan(0);
    expect(paused.step).toBeLessThan(paused.totalSteps);
    expect(paused.checkpoints[0]?.step).toBe(paused.step);
    expect(paused.asked).toBeNull();

    resumeRun(project, id);
    expect(await startRun(project, id).done).toBe('finished');
    expect(traceOf(id)).toEqual(undisturbed);
  });

  test('a trainer that is told to end by the system pauses its run', async () => {
    const id = await createLongRun();
    const handle = await startAndWait(id);
    process.kill(handle.pid, 'SIGTERM');
    expect(await handle.done).toBe('paused');
  });

  test('a stopped run keeps its last checkpoint and cannot be resumed', async () => {
    const { project } = tiny;
    const id = await createLongRun();
    const handle = await startAndWait(id);
    stopRun(project, id);
    expect(await handle.done).toBe('stopped');
    const { step, checkpoints } = readRun(project.database, id);
    expect(checkpoints[0]?.step).toBe(step);
    expect(() => resumeRun(project, id)).toThrow(expect.objectContaining({ code: 'run.state' }));
  });
});

/** Starts a run, kills its trainer a while after its start or after its training began; returns the run's state. */
async function killAfter(id: number, whileTraining: boolean, delayMs: number): Promise<RunState> {
  let isTraining = false;
  let hasEnded = false;
  const handle = startRun(tiny.project, id, { onEvent: () => (isTraining = true) });
  const done = handle.done.finally(() => (hasEnded = true));
  if (whileTraining) await waitUntil(() => isTraining);
  await sleep(delayMs);
  if (!hasEnded) process.kill(handle.pid, 'SIGKILL');
  return done;
}

describe('being killed', () => {
  test('killed at 10 random moments and resumed, a run equals an undisturbed one', async () => {
    const { project } = tiny;
    const random = new CounterRandom(Date.now(), 'kill moments');
    const resumedFrom = new Set<number>();
    let id = await createLongRun();
    for (let kills = 0; kills < 10;) {
      // Half of the kills hit the start: reading the checkpoint, building the step; half hit the training.
      const whileTraining = kills % 2 === 1;
      const state = await killAfter(
        id,
        whileTraining,
        random.nextBetween(0, whileTraining ? trainMs / 8 : startMs),
      );
      if (state === 'finished') {
        // It was quicker than the one that was timed: the kills go on with another run.
        expect(traceOf(id)).toEqual(undisturbed);
        id = await createLongRun();
        continue;
      }
      expect(state).toBe('interrupted');
      const { events, checkpoints } = readRun(project.database, id);
      expect(events.at(-1)?.kind).toBe('interrupted');
      expect(checkpoints.length).toBeLessThanOrEqual(3);
      resumedFrom.add(checkpoints[0]?.step ?? 0);
      resumeRun(project, id);
      kills++;
    }
    expect(await startRun(project, id).done).toBe('finished');
    expect(traceOf(id)).toEqual(undisturbed);
    // Otherwise nothing was tested: the kills must have hit runs that had got somewhere.
    expect(resumedFrom.size).toBeGreaterThan(1);
  });

  test('a run whose trainer and supervisor died together is found to be interrupted', async () => {
    const { project } = tiny;
    const id = await createLongRun();
    const trainer = join(import.meta.dirname, '../../../../dist/engine/trainer.mjs');
    const child = spawn(process.execPath, [trainer, project.folder, String(id)], { stdio: 'ignore' });
    await waitUntil(() => readRunState(project.database, id) === 'running');
    expect(reconcileRuns(project)).toEqual([]);
    expect(isRunLocked(project, id)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunLocked(project, id)).toBe(false);
    expect(reconcileRuns(project)).toEqual([id]);
    expect(readRunState(project.database, id)).toBe('interrupted');
  });

  test('a trainer goes on when the process that started it is gone', async () => {
    const { project } = tiny;
    const id = await createLongRun();
    const trainer = join(import.meta.dirname, '../../../../dist/engine/trainer.mjs');
    const script = `require('node:child_process').spawn(process.execPath, process.argv.slice(1), {
      detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }).on('message', () => process.exit());`;
    const parent = spawn(process.execPath, ['-e', script, trainer, project.folder, String(id)]);
    await once(parent, 'exit');
    expect(readRunState(project.database, id)).toBe('running');
    await waitUntil(() => readRunState(project.database, id) !== 'running');
    expect(readRunState(project.database, id)).toBe('finished');
    expect(traceOf(id)).toEqual(undisturbed);
  });
});

describe('a damaged checkpoint', () => {
  test('is passed over for the one before, with a notice, and the run still ends the same', async () => {
    const { project } = tiny;
    const id = await createLongRun();
    const handle = await startAndWait(id);
    await waitUntil(() => readRun(project.database, id).checkpoints.length === 2);
    pauseRun(project, id);
    await handle.done;
    const [newest, older] = readRun(project.database, id).checkpoints;
    const folder = runFolder(project, id);
    const path = join(folder, newest!.file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(path, bytes);
    expect(() => readCheckpoint(folder, newest!)).toThrow(
      expect.objectContaining({ code: 'checkpoint.corrupt' }),
    );

    resumeRun(project, id);
    expect(await startRun(project, id).done).toBe('finished');
    const notice = readRun(project.database, id).events.find((event) => event.kind === 'notice');
    expect(notice?.step).toBe(older!.step);
    expect(notice?.message).toContain(`step ${newest!.step} is damaged`);
    expect(traceOf(id)).toEqual(undisturbed);
  });
});
