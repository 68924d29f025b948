// Comparing all images with each other takes seconds for large datasets: it is done once, and lets other work through.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageRecord } from '../../../engine/contract/dataset.ts';
import { findDuplicates } from '../../../engine/data/findDuplicates.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { findDatasetDuplicates } from '../../../engine/run/datasetDuplicates.ts';
import { createSplit } from '../../../engine/run/importDataset.ts';
import { createTinyProject, type TinyProject } from './training/tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await createTinyProject();
});
afterAll(() => tiny?.remove());

test('a dataset is searched once, also by requests that overlap and by splits made in between', async () => {
  const { project, datasetId } = tiny;
  const [first, second] = await Promise.all([
    findDatasetDuplicates(project, datasetId),
    findDatasetDuplicates(project, datasetId),
  ]);
  await createSplit(project, { datasetId, seed: 5 });
  const third = await findDatasetDuplicates(project, datasetId);
  expect(second.report).toBe(first.report);
  expect(third.report).toBe(first.report);
});

function record(index: number): Pick<ImageRecord, 'sha256' | 'pixelSha256' | 'fingerprint'> {
  const random = new CounterRandom(index, 'fingerprint');
  const differenceHash = Buffer.from(Array.from({ length: 32 }, () => random.nextInteger(256))).toString(
    'hex',
  );
  const thumbnail = Uint8Array.from({ length: 1024 }, () => random.nextInteger(256));
  return { sha256: `${index}`, pixelSha256: `${index}`, fingerprint: { differenceHash, thumbnail } };
}

test('other work gets its turn while many images are compared', async () => {
  const images = Array.from({ length: 12_000 }, (_, index) => record(index));
  let turns = 0;
  const waiting = setInterval(() => turns++, 0);
  await findDuplicates(images);
  clearInterval(waiting);
  expect(turns).toBeGreaterThan(5);
});
