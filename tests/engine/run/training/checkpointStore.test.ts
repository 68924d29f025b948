import * as nodeFiles from 'node:fs';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  checkpointFileName,
  isCheckpointFile,
  readCheckpoint,
  writeCheckpoint,
  type CheckpointFiles,
} from '../../../../engine/project/checkpointFile.ts';
import { runFolder } from '../../../../engine/project/project.ts';
import { CheckpointStore } from '../../../../engine/run/training/checkpointStore.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { createTinyProject, tinyConfig, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
let runId: number;
let folder: string;
beforeAll(async () => {
  tiny = await createTinyProject();
});
afterAll(() => tiny?.remove());
beforeEach(async () => {
  const { project, datasetId, splitId } = tiny;
  runId = await createRun(project, {
    name: 'store',
    datasetId,
    splitId,
    protocol: 'clean',
    config: tinyConfig,
    executor: 'compiled-cpu',
  });
  folder = runFolder(project, runId);
});

function checkpointOf(step: number) {
  const data = Float32Array.from({ length: 1000 }, (_, index) => index * step);
  return { step, tensors: { 'context/weight': { shape: [10, 100], data } } };
}

function openStore(files?: CheckpointFiles): CheckpointStore {
  return new CheckpointStore(tiny.project.database, runId, folder, files);
}

/** Every checkpoint that has a row, read and compared with what was saved. */
function readSteps(store: CheckpointStore): number[] {
  return store.list().map((info) => {
    expect(readCheckpoint(folder, info)).toEqual(checkpointOf(info.step));
    return info.step;
  });
}

/** File functions of which one fails at its nth call. */
function failingFiles(name: keyof CheckpointFiles, call: number, code: string): CheckpointFiles {
  let calls = 0;
  const original = nodeFiles[name] as (...values: unknown[]) => unknown;
  const failing = (...values: unknown[]) => {
    if (++calls === call) throw Object.assign(new Error(`${code}: ${name}`), { code });
    return original(...values);
  };
  return { ...nodeFiles, [name]: failing };
}

describe('keeping checkpoints', () => {
  test('keeps the last two, rows and files alike', () => {
    const store = openStore();
    for (const step of [3, 7, 12]) store.save(checkpointOf(step), 1000 * step);
    expect(readSteps(store)).toEqual([12, 7]);
    expect(readdirSync(folder).filter(isCheckpointFile).sort()).toEqual([7, 12].map(checkpointFileName));
    expect(store.readNewestSound()).toMatchObject({
      checkpoint: { step: 12, trainingMs: 12_000 },
      damaged: [],
    });
  });

  test('saving a step twice keeps the one before', () => {
    const store = openStore();
    for (const step of [3, 7, 7, 7]) store.save(checkpointOf(step), 0);
    expect(readSteps(store)).toEqual([7, 3]);
  });

  test('a damaged checkpoint of the same step is written again', () => {
    const store = openStore();
    for (const step of [3, 7]) store.save(checkpointOf(step), 0);
    writeFileSync(join(folder, checkpointFileName(7)), 'damaged');
    store.save(checkpointOf(7), 0);
    expect(readSteps(store)).toEqual([7, 3]);
  });

  test('damaged and missing files are passed over, newest first', () => {
    const store = openStore();
    for (const step of [3, 7]) store.save(checkpointOf(step), 0);
    writeFileSync(join(folder, checkpointFileName(7)), '');
    const found = store.readNewestSound();
    expect(found.checkpoint?.step).toBe(3);
    expect(found.damaged.map((info) => info.step)).toEqual([7]);
    nodeFiles.rmSync(join(folder, checkpointFileName(3)));
    expect(store.readNewestSound()).toMatchObject({ checkpoint: null, damaged: [{ step: 7 }, { step: 3 }] });
  });

  test('files of a killed process are removed, others stay', () => {
    const store = openStore();
    store.save(checkpointOf(3), 0);
    writeCheckpoint(folder, checkpointOf(5));
    writeFileSync(join(folder, `${checkpointFileName(6)}.writing`), 'half');
    store.removeLeftovers();
    expect(readdirSync(folder).filter(isCheckpointFile)).toEqual([checkpointFileName(3)]);
    expect(existsSync(join(folder, 'config.json'))).toBe(true);
  });
});

describe('a checkpoint that cannot be written', () => {
  const failures = [
    ['openSync', 1, 'the temporary file cannot be opened'],
    ['writeSync', 1, 'the header cannot be written'],
    ['writeSync', 2, 'a tensor cannot be written'],
    ['fsyncSync', 1, 'the file cannot be synced'],
    ['closeSync', 1, 'the file cannot be closed'],
    ['renameSync', 1, 'the file cannot be renamed'],
    ['openSync', 2, 'the folder cannot be opened'],
    ['fsyncSync', 2, 'the folder cannot be synced'],
    ['openSync', 3, 'the file cannot be opened again'],
    ['readSync', 1, 'the file cannot be read again'],
  ] as const;

  test.each(failures)('%s, call %i (%s): the two before stay sound', (name, call) => {
    for (const step of [3, 7]) openStore().save(checkpointOf(step), 0);
    const store = openStore(failingFiles(name, call, 'EIO'));
    expect(() => store.save(checkpointOf(12), 0)).toThrow(
      expect.objectContaining({ code: 'file.unwritable' }),
    );
    expect(readSteps(store)).toEqual([7, 3]);
    store.removeLeftovers();
    expect(readdirSync(folder).filter(isCheckpointFile).sort()).toEqual([3, 7].map(checkpointFileName));

    openStore().save(checkpointOf(12), 0);
    expect(readSteps(openStore())).toEqual([12, 7]);
  });

  test('a full disk is named as such', () => {
    const store = openStore(failingFiles('writeSync', 2, 'ENOSPC'));
    expect(() => store.save(checkpointOf(3), 0)).toThrow(expect.objectContaining({ code: 'disk.full' }));
  });

  test('a disk that reads back something else is noticed, and the two before stay', () => {
    for (const step of [3, 7]) openStore().save(checkpointOf(step), 0);
    const readSync = ((file: number, buffer: Uint8Array, ...rest: [number, number, null]) => {
      const count = nodeFiles.readSync(file, buffer, ...rest);
      if (count > 0) buffer[10]! ^= 1;
      return count;
    }) as typeof nodeFiles.readSync;
    const store = openStore({ ...nodeFiles, readSync });
    expect(() => store.save(checkpointOf(12), 0)).toThrow(
      expect.objectContaining({ code: 'checkpoint.corrupt' }),
    );
    expect(readSteps(store)).toEqual([7, 3]);
  });

  test('a file that cannot be deleted does not stop the run, and goes at the next start', () => {
    for (const step of [3, 7]) openStore().save(checkpointOf(step), 0);
    openStore(failingFiles('rmSync', 1, 'EBUSY')).save(checkpointOf(12), 0);
    expect(readSteps(openStore())).toEqual([12, 7]);
    openStore().removeLeftovers();
    expect(readdirSync(folder).filter(isCheckpointFile).sort()).toEqual([7, 12].map(checkpointFileName));
  });
});
