import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clearPixelCache, openPixelCache, PixelCache } from '../../../engine/data/pixelCache.ts';
import { makeImage, put, temporaryFolder } from './testImages.ts';

const hash = (number: number) => number.toString(16).padStart(64, '0');
const image = makeImage(20, 10, 1);
const entryBytes = 32 + 20 * 10 * 3;
const entriesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('the pixel cache', () => {
  test('returns what was written, to another opening and to another thread’s view', async () => {
    const settings = { folder: temporaryFolder(), shorterSide: 10, maxBytes: 1e6 };
    const cache = await openPixelCache(settings);
    expect(cache.read(hash(1))).toBeNull();
    expect(cache.write(hash(1), image)).toBe(true);
    for (const view of [cache, new PixelCache(cache.handle), await openPixelCache(settings)]) {
      const found = view.read(hash(1))!;
      expect([found.width, found.height]).toEqual([20, 10]);
      expect(Buffer.compare(found.pixels, image.pixels)).toBe(0);
      expect(view.usedBytes).toBe(entryBytes);
    }
  });

  test('notices every kind of damage, deletes the entry and takes it again', async () => {
    const folder = temporaryFolder();
    const cache = await openPixelCache({ folder, shorterSide: 10, maxBytes: 1e6 });
    const damages: readonly ((bytes: Buffer) => Buffer)[] = [
      (bytes) => bytes.subarray(0, bytes.length - 1),
      (bytes) => bytes.subarray(0, 7),
      () => Buffer.alloc(0),
      (bytes) => Buffer.concat([bytes.subarray(0, 200), Buffer.from([bytes[200]! ^ 1]), bytes.subarray(201)]),
      (bytes) =>
        Buffer.concat([bytes.subarray(0, 8), Buffer.from([10, 0, 0, 0, 20, 0, 0, 0]), bytes.subarray(16)]),
      (bytes) => Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(8, 255), bytes.subarray(16)]),
    ];
    for (const damage of damages) {
      cache.write(hash(2), image);
      const [path] = entriesIn(folder);
      writeFileSync(path!, damage(readFileSync(path!)));
      expect(cache.read(hash(2))).toBeNull();
      expect(entriesIn(folder)).toEqual([]);
    }
    expect(cache.write(hash(2), image)).toBe(true);
    expect(cache.read(hash(2))).not.toBeNull();
  });

  test('never holds more than it may', async () => {
    const folder = temporaryFolder();
    const cache = await openPixelCache({ folder, shorterSide: 10, maxBytes: 3.5 * entryBytes });
    const written = Array.from({ length: 6 }, (_, i) => cache.write(hash(i), image));
    expect(written).toEqual([true, true, true, false, false, false]);
    expect(entriesIn(folder).length).toBe(3);
  });

  test('makes room for wanted images by deleting the oldest others', async () => {
    const settings = { folder: temporaryFolder(), shorterSide: 10, maxBytes: 4 * entryBytes };
    const cache = await openPixelCache(settings);
    for (let i = 0; i < 4; i++) cache.write(hash(i), image);
    const wanted = [0, 8, 9].map((number) => ({ sha256: hash(number), width: 20, height: 10 }));
    const opened = await openPixelCache(settings, wanted);
    expect(opened.has(hash(0))).toBe(true);
    expect([1, 2, 3].filter((number) => opened.has(hash(number))).length).toBe(1);
    expect(opened.write(hash(8), image) && opened.write(hash(9), image)).toBe(true);
  });

  test('counts other sizes and left-over files, and clears only its own', async () => {
    const folder = temporaryFolder();
    const small = await openPixelCache({ folder, shorterSide: 10, maxBytes: 1e6 });
    small.write(hash(1), image);
    put(folder, `pixels-v0-99/00/${hash(5)}.77.0.tmp`, Buffer.alloc(100));
    put(folder, 'mine.txt', 'keep');
    const large = await openPixelCache({ folder, shorterSide: 50, maxBytes: 1e6 });
    expect(large.usedBytes).toBe(entryBytes + 100);
    expect(large.read(hash(1))).toBeNull();
    await clearPixelCache(folder);
    expect(entriesIn(folder)).toEqual([join(folder, 'mine.txt')]);
  });
});
