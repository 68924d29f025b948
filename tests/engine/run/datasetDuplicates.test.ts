// Comparing all images with each other is long for large datasets: it is done once, kept, and lets other work through.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  findDuplicates,
  lookAlikeRuleVersion,
  type ComparedImage,
} from '../../../engine/data/findDuplicates.ts';
import { openProject } from '../../../engine/project/project.ts';
import { readLookAlikes, storeLookAlikes } from '../../../engine/project/queries/lookAlikes.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { findDatasetDuplicates } from '../../../engine/run/datasetDuplicates.ts';
import { createSplit, listSplitLeaks } from '../../../engine/run/importDataset.ts';
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
  expect(second).toBe(first);
  expect(third).toBe(first);
});

test('what was found is there for the next who opens the project, and is told as leaks of a split', async () => {
  const { project, datasetId, splitId } = tiny;
  await findDatasetDuplicates(project, datasetId);
  expect(readLookAlikes(project.database, datasetId, lookAlikeRuleVersion)).not.toBeNull();
  expect(readLookAlikes(project.database, datasetId, lookAlikeRuleVersion + 1)).toBeNull();
  // Something that no search finds in these images: only one who reads what is stored can tell it.
  const ids = (part: string) =>
    project.database
      .prepare<[number, string], number>(
        'SELECT image_id FROM split_images WHERE split_id = ? AND split = ? ORDER BY image_id',
      )
      .pluck()
      .all(splitId, part);
  const [learned, tested] = [ids('train')[0]!, ids('test')[0]!];
  const [first, second] = [Math.min(learned, tested), Math.max(learned, tested)];
  const told = { exactSets: [], nearPairs: [{ first, second, hashDistance: 3, correlation: 0.99 }] };
  storeLookAlikes(project.database, datasetId, lookAlikeRuleVersion, told);
  const again = openProject(project.folder);
  try {
    expect(await findDatasetDuplicates(again, datasetId)).toEqual(told);
    const leaks = await listSplitLeaks(again, splitId);
    expect(leaks).toMatchObject([
      {
        imageId: tested,
        twinId: learned,
        imageSplit: 'test',
        twinSplit: 'train',
        kind: 'near',
        hashDistance: 3,
      },
    ]);
    expect(leaks[0]!.image).toMatch(/\.png$/);
  } finally {
    again.close();
  }
});

function record(index: number): ComparedImage {
  const random = new CounterRandom(index, 'fingerprint');
  const bytes = Array.from({ length: 32 }, () => random.nextInteger(256));
  return { sha256: `${index}`, pixelSha256: `${index}`, differenceHash: Buffer.from(bytes).toString('hex') };
}

test('other work gets its turn while many images are compared', async () => {
  const images = Array.from({ length: 30_000 }, (_, index) => record(index));
  let turns = 0;
  const waiting = setInterval(() => turns++, 0);
  await findDuplicates(images, () => new Uint8Array(1024));
  clearInterval(waiting);
  expect(turns).toBeGreaterThan(5);
});
