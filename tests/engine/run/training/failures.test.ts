// What happens to a run when something goes wrong while it trains.
import * as nodeFiles from 'node:fs';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfig } from '../../../../engine/contract/config.ts';
import type { CheckpointFiles } from '../../../../engine/project/checkpointFile.ts';
import { readCheckpoint } from '../../../../engine/project/checkpointFile.ts';
import { runFolder } from '../../../../engine/project/project.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { resumeRun } from '../../../../engine/run/training/supervisor.ts';
import { acquireRunLock, isRunLocked } from '../../../../engine/run/training/runLock.ts';
import { trainRun } from '../../../../engine/run/training/trainRun.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await createTinyProject({ checkpointSeconds: 0 });
});
afterAll(() => tiny?.remove());

function create(config: RunConfig): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  return createRun(project, {
    name: 'x',
    datasetId,
    splitId,
    protocol: 'clean',
    config,
    executor: 'compiled-cpu',
  });
}

describe('a loss that is not finite', () => {
  test('stops the run with a diagnosis and keeps the last good checkpoint', async () => {
    const { project } = tiny;
    // Weights are multiplied by 1 − lr · weightDecay = −9 at each step.
    const absurd = { lrStart: 1, lrPeak: 1, lrFinal: 1, weightDecayStart: 10, weightDecayFinal: 10 };
    const id = await create({
      ...tinyConfigFor(100, absurd),
      monitor: { everyEpochs: 0, maxImages: 8, knnNeighbours: 1 },
    });
    expect(await trainRun(project, id)).toBe('failed');

    const run = readRun(project.database, id);
    expect(run.failure).toMatchObject({ code: 'run.diverged' });
    expect(run.events.at(-1)).toMatchObject({ kind: 'failed', step: run.step });
    const diagnosis = JSON.parse(readFileSync(join(runFolder(project, id), 'diagnosis.json'), 'utf8'));
    expect(diagnosis).toMatchObject({ step: run.step, lr: 1, weightDecay: 10 });
    expect(diagnosis.images).toHaveLength(4);
    expect(diagnosis.images[0].relativePath).toMatch(/^(bright|dark)\/\d\.png$/);
    expect(diagnosis.lossesBefore.length).toBeGreaterThan(0);

    const [checkpoint] = run.checkpoints;
    const { tensors } = readCheckpoint(runFolder(project, id), checkpoint!);
    const isFinite = Object.values(tensors).every(({ data }) =>
      (data as Float32Array).every(Number.isFinite),
    );
    expect(isFinite).toBe(true);
    const [loss] = readMetrics(project.database, id, { names: ['loss'] });
    expect(loss?.values.every(Number.isFinite)).toBe(true);
    expect(loss?.steps.at(-1)).toBe(run.step - 1);
  });
});

describe('a full disk', () => {
  test('pauses the run with the last checkpoint kept; with room again it goes on', async () => {
    const { project } = tiny;
    const id = await create(tinyConfigFor(3));
    let written = 0;
    const full: CheckpointFiles = {
      ...nodeFiles,
      fsyncSync: (file: number) => {
        // Two syncs a checkpoint: file and folder.
        if (++written > 4) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        nodeFiles.fsyncSync(file);
      },
    };
    expect(await trainRun(project, id, { checkpointFiles: full })).toBe('paused');
    const paused = readRun(project.database, id);
    expect(paused.checkpoints.map((each) => each.step)).toEqual([2, 1]);
    expect(paused.failure?.code).toBe('disk.full');
    expect(paused.events.at(-1)).toMatchObject({ kind: 'paused' });
    expect(paused.events.at(-1)?.message).toContain('disk is full');

    resumeRun(project, id);
    expect(await trainRun(project, id)).toBe('finished');
    const finished = readRun(project.database, id);
    expect(finished.failure).toBeNull();
    expect(finished.events.map((event) => event.kind)).toContain('resumed');
  });
});

describe('an image that is gone', () => {
  test('fails the run and names the file', async () => {
    const gone = await createTinyProject();
    try {
      const { project, datasetId, splitId } = gone;
      const config = { ...tinyConfigFor(2), monitor: { everyEpochs: 0, maxImages: 8, knnNeighbours: 1 } };
      const id = await createRun(project, {
        name: 'x',
        datasetId,
        splitId,
        protocol: 'transductive',
        config,
        executor: 'compiled-cpu',
      });
      rmSync(join(dirname(project.folder), 'images', 'dark', '3.png'));
      expect(await trainRun(project, id)).toBe('failed');
      const { failure } = readRun(project.database, id);
      expect(failure?.code).toBe('file.missing');
      expect(failure?.message).toContain('3.png');
    } finally {
      gone.remove();
    }
  });
});

describe('a run that is being trained', () => {
  test('is refused to a second trainer', async () => {
    const { project } = tiny;
    const id = await create(tinyConfigFor(2));
    const lock = await acquireRunLock(project, id);
    expect(isRunLocked(project, id)).toBe(true);
    try {
      await expect(trainRun(project, id)).rejects.toMatchObject({ code: 'project.locked' });
    } finally {
      lock.release();
    }
    expect(await trainRun(project, id)).toBe('finished');
  });

  test('once finished, is refused', async () => {
    const { project } = tiny;
    const id = await create(tinyConfigFor(1));
    await trainRun(project, id);
    await expect(trainRun(project, id)).rejects.toMatchObject({ code: 'run.state' });
  });
});
