import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ThumbnailCache } from '../../../engine/data/thumbnailCache.ts';
import { temporaryFolder } from './testImages.ts';

const hashOf = (number: number) => String(number).padStart(64, '0');

/** As long as asked, and ending as a JPEG does. */
function picture(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set([0xff, 0xd9], sizeBytes - 2);
  return bytes;
}

function listPictures(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('pictures come back by content and size', async () => {
  const cache = new ThumbnailCache({ folder: temporaryFolder(), maxBytes: 1e6 });
  await cache.write(hashOf(1), 64, picture(100));
  expect(await cache.read(hashOf(1), 64)).toEqual(picture(100));
  expect(await cache.read(hashOf(1), 128)).toBeNull();
  expect(await cache.read(hashOf(2), 64)).toBeNull();
});

test('when it is full, those that were not looked at for longest go', async () => {
  const folder = temporaryFolder();
  const cache = new ThumbnailCache({ folder, maxBytes: 1000 });
  for (let number = 0; number < 10; number++) await cache.write(hashOf(number), 64, picture(100));
  const paths = listPictures(folder).sort();
  paths.forEach((path, index) => utimesSync(path, index, index));
  await cache.read(hashOf(0), 64);
  await cache.write(hashOf(10), 64, picture(100));
  const total = listPictures(folder).reduce((sum, path) => sum + statSync(path).size, 0);
  expect(total).toBeLessThanOrEqual(800);
  expect(await cache.read(hashOf(0), 64)).not.toBeNull();
  expect(await cache.read(hashOf(1), 64)).toBeNull();
  expect(await cache.read(hashOf(10), 64)).not.toBeNull();
});

test('what an earlier process left counts, and files of others are never touched', async () => {
  const folder = temporaryFolder();
  const earlier = new ThumbnailCache({ folder, maxBytes: 1e6 });
  for (let number = 0; number < 9; number++) await earlier.write(hashOf(number), 64, picture(100));
  const notes = join(folder, 'v1', 'notes.txt');
  writeFileSync(notes, 'x'.repeat(5000));
  await new ThumbnailCache({ folder, maxBytes: 500 }).write(hashOf(20), 64, picture(100));
  expect(existsSync(notes)).toBe(true);
  expect(listPictures(folder).filter((path) => path.endsWith('.jpg')).length).toBeLessThanOrEqual(4);
});
