import { describe, expect, test } from 'vitest';
import type { WorkerSetup, WorkerTask } from '../../../engine/data/imageTasks.ts';
import { createLargeImageTurn } from '../../../engine/data/largeImageTurn.ts';
import { openWorkerPool } from '../../../engine/data/workerPool.ts';
import { png, put, temporaryFolder } from './testImages.ts';

const setup: WorkerSetup = { purpose: 'examine', cache: null, turn: createLargeImageTurn() };
const task = (path: string) =>
  ({ kind: 'examine', path: Buffer.from(path), relativePath: 'x.png' }) satisfies WorkerTask;

describe('a pool of image workers', () => {
  test('fails only the task whose worker died, and goes on with the others', async () => {
    const path = put(temporaryFolder(), 'x.png', await png(1));
    // A setup that no worker survives: its cache is not a cache.
    const broken = { ...setup, cache: { folder: 7 } } as unknown as WorkerSetup;
    const pool = await openWorkerPool(1, broken);
    const outcomes = await Promise.allSettled([pool.run(task(path)), pool.run(task(path))]);
    await pool.close();
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    const healthy = await openWorkerPool(2, setup);
    const verdicts = await Promise.all([1, 2, 3, 4, 5].map(() => healthy.run(task(path))));
    await healthy.close();
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(Array(5).fill('accepted'));
  });

  test('rejects what has not ended when it is closed, and everything afterwards', async () => {
    const path = put(temporaryFolder(), 'x.png', await png(1));
    const pool = await openWorkerPool(1, setup);
    const pending = [pool.run(task(path)), pool.run(task(path))];
    const outcomes = Promise.allSettled(pending);
    await pool.close();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    await expect(pool.run(task(path))).rejects.toMatchObject({ code: 'internal' });
  });
});
