import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { createProject } from '../../../engine/project/project.ts';
import { createSplit, importDataset } from '../../../engine/run/importDataset.ts';
import { listRunImages } from '../../../engine/run/runImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a CSV elsewhere may name its files by absolute and by relative paths', async () => {
  mkdirSync(join(folder, 'pictures'));
  mkdirSync(join(folder, 'tables'));
  const files = Array.from({ length: 6 }, (_, index) => join(folder, 'pictures', `${index}.png`));
  for (const [index, file] of files.entries()) {
    const background = { r: 40 * index, g: 90, b: 10 };
    await sharp({ create: { width: 40, height: 40, channels: 3, background } })
      .png()
      .toFile(file);
  }
  const named = files.map((file, index) => (index < 3 ? file : `../pictures/${index}.png`));
  const rows = named.map((file, index) => `${file},${index % 2 === 0 ? 'a' : 'b'}`);
  writeFileSync(join(folder, 'tables', 'images.csv'), ['file,label', ...rows].join('\n'));

  const project = createProject(join(folder, 'project'));
  const { dataset } = await importDataset(project, {
    path: join(folder, 'tables', 'images.csv'),
    workers: 0,
  });
  const { split } = await createSplit(project, { datasetId: dataset.id, seed: 1 });
  const { images } = listRunImages(project.database, split.id);
  project.close();
  expect(images.map(({ path }) => path).sort()).toEqual(files);
});
