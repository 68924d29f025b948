// A run that runs out of memory goes on in parts: with the same result, from where it was, and it says so.
import * as nodeFiles from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetails } from '../../../../engine/contract/run.ts';
import { readCheckpoint, type CheckpointFiles } from '../../../../engine/project/checkpointFile.ts';
import { runFolder } from '../../../../engine/project/project.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun } from '../../../../engine/project/queries/runs.ts';
import { largestPart, smallerPart } from '../../../../engine/run/measure/partSizes.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { resumeRun } from '../../../../engine/run/training/supervisor.ts';
import { trainRun } from '../../../../engine/run/training/trainRun.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => void (tiny = await createTinyProject({ checkpointSeconds: 0 })));
afterAll(() => tiny?.remove());

function create(): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  const config = { ...tinyConfigFor(6), monitor: { everyEpochs: 0, maxImages: 8, knnNeighbours: 1 } };
  const request = { name: 'x', datasetId, splitId, protocol: 'clean', config } as const;
  return createRun(project, { ...request, executor: 'compiled-cpu' });
}

/** File functions that fail at some checkpoint for want of memory, once. */
function failingOnce(atSync: number): CheckpointFiles {
  let syncs = 0;
  return {
    ...nodeFiles,
    fsyncSync: (file: number) => {
      if (++syncs === atSync) throw new Error('onnxruntime: run pretrain: std::bad_alloc');
      nodeFiles.fsyncSync(file);
    },
  };
}

const lossesOf = (id: number) => readMetrics(tiny.project.database, id, { names: ['loss'] })[0]!.values;

function weightsOf({ id, checkpoints }: RunDetails): Record<string, Float32Array> {
  const { tensors } = readCheckpoint(runFolder(tiny.project, id), checkpoints[0]!);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array] as const),
  );
}

describe('a run whose memory runs out', () => {
  test('goes on with half as many images at once, and ends as if it had never', async () => {
    const { project } = tiny;
    const whole = await create();
    expect(await trainRun(project, whole)).toBe('finished');

    const id = await create();
    // Two syncs a checkpoint: the fourth one fails.
    expect(await trainRun(project, id, { checkpointFiles: failingOnce(7) })).toBe('finished');
    const run = readRun(project.database, id);
    expect(run.config.optimizer).toMatchObject({ batchSize: 4, microBatch: 2 });
    const warning = run.events.find(({ kind }) => kind === 'warning');
    expect(warning!.message).toContain('each step computes 2 at a time: the same result');
    expect(run.events.map(({ kind }) => kind)).toContain('resumed');
    const file = JSON.parse(readFileSync(join(runFolder(project, id), 'config.json'), 'utf8'));
    expect(file.optimizer.microBatch).toBe(2);

    const [expected, losses] = [lossesOf(whole), lossesOf(id)];
    expect(losses).toHaveLength(expected.length);
    losses.forEach((loss, step) => expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4));
    const before = weightsOf(readRun(project.database, whole));
    const after = weightsOf(run);
    expect(Object.keys(after)).toEqual(Object.keys(before));
  });

  test('can be paused and resumed in parts, bit for bit', async () => {
    const { project } = tiny;
    const straight = await create();
    await trainRun(project, straight, { checkpointFiles: failingOnce(1) });
    const id = await create();
    const abort = new AbortController();
    const send = ({ kind }: { readonly kind: string }) => {
      // From the moment that it goes on in parts.
      if (kind === 'event' && readRun(project.database, id).config.optimizer.microBatch === 2) abort.abort();
    };
    const options = { checkpointFiles: failingOnce(1), send, signal: abort.signal };
    expect(await trainRun(project, id, options)).toBe('paused');
    resumeRun(project, id);
    expect(await trainRun(project, id)).toBe('finished');
    expect(lossesOf(id)).toEqual(lossesOf(straight));
    const hash = (run: number) => readRun(project.database, run).checkpoints[0]!.sha256;
    expect(hash(id)).toBe(hash(straight));
  });
});

describe('parts', () => {
  test('divide the batch, and end at one image', () => {
    expect([largestPart(12, 7), largestPart(7, 5), largestPart(32, 100)]).toEqual([6, 1, 32]);
    expect([smallerPart(64, 64), smallerPart(12, 12), smallerPart(9, 9), smallerPart(8, 1)]).toEqual([
      32,
      6,
      3,
      null,
    ]);
  });
});
