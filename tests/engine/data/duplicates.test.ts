import { describe, expect, test } from 'vitest';
import type { Fingerprint, SplitName } from '../../../engine/contract/dataset.ts';
import { decodeImage } from '../../../engine/data/decodeImage.ts';
import { hashPixels } from '../../../engine/data/examineFile.ts';
import { findDuplicates, type ComparedImage } from '../../../engine/data/findDuplicates.ts';
import { findLeaks } from '../../../engine/data/findLeaks.ts';
import { computeFingerprint } from '../../../engine/data/fingerprint.ts';
import { computeManifestHash } from '../../../engine/data/manifestHash.ts';
import type { RgbImage } from '../../../engine/data/rgbImage.ts';
import { encode, makeImage } from './testImages.ts';

const record = (sha256: string, image: RgbImage, label = 'cat') => ({
  sha256,
  pixelSha256: hashPixels(image),
  ...computeFingerprint(image),
  label,
});

const search = (images: readonly (ComparedImage & Pick<Fingerprint, 'thumbnail'>)[]) =>
  findDuplicates(images, (index) => images[index]!.thumbnail);

const original = makeImage(96, 80, 1);
const resaved = async (image: RgbImage, quality: number): Promise<RgbImage> =>
  (await decodeImage(await encode(image).jpeg({ quality }).toBuffer(), 'jpeg')).image;
const brighter: RgbImage = { ...original, pixels: original.pixels.map((value) => Math.min(255, value + 12)) };

describe('findDuplicates', () => {
  test('joins equal bytes and equal pixels as exact, whatever links them', async () => {
    const other = makeImage(96, 80, 2);
    const images = [
      record('a', original),
      record('b', other),
      record('c', original),
      { ...record('c', other), pixelSha256: 'x' },
    ];
    const report = await search(images);
    expect(report.exactSets).toEqual([[0, 2, 3]]);
    expect([...report.exactCluster]).toEqual([0, 1, 0, 0]);
    expect(report.nearPairs.map(({ first, second }) => [first, second])).toEqual([]);
  });

  test('finds copies that were compressed, resized or brightened, and no others', async () => {
    const images = [
      ...Array.from({ length: 60 }, (_, i) => record(`other${i}`, makeImage(96, 80, 100 + i))),
      record('original', original),
      record('compressed', await resaved(original, 60)),
      record('brighter', brighter),
      record(
        'smaller',
        (await decodeImage(await encode(original).resize(60, 50).png().toBuffer(), 'png')).image,
      ),
    ];
    const report = await search(images);
    const pairs = report.nearPairs.map(
      ({ first, second }) => `${images[first]!.sha256}-${images[second]!.sha256}`,
    );
    expect(pairs).toEqual(
      expect.arrayContaining(['original-compressed', 'original-brighter', 'original-smaller']),
    );
    expect(report.nearPairs.every(({ first, second }) => first >= 60 && second >= 60)).toBe(true);
    expect([...report.nearCluster.subarray(60)]).toEqual([60, 60, 60, 60]);
    for (const { hashDistance, correlation } of report.nearPairs) {
      expect(hashDistance).toBeLessThanOrEqual(16);
      expect(correlation).toBeGreaterThan(0.985);
    }
  });

  test('does not take flat pictures for twins of each other', async () => {
    const flat = (value: number) => ({ ...original, pixels: original.pixels.map(() => value) });
    const report = await search([record('a', flat(10)), record('b', flat(200))]);
    expect(report.nearPairs).toEqual([]);
  });
});

describe('findLeaks', () => {
  test('names the closest twin in each earlier split, exact before near, and differing labels', async () => {
    const images = [
      record('a', original),
      record('b', brighter),
      record('a2', original, 'dog'),
      record('c', makeImage(96, 80, 7)),
      record('c2', makeImage(96, 80, 7)),
    ];
    const report = await search(images);
    const splits: SplitName[] = ['train', 'validation', 'test', 'train', 'train'];
    const leaks = findLeaks(images, splits, report);
    expect(
      leaks.map(({ image, twin, twinSplit, kind, sameLabel }) => [image, twin, twinSplit, kind, sameLabel]),
    ).toEqual([
      [1, 0, 'train', 'near', true],
      [2, 0, 'train', 'exact', false],
      [2, 1, 'validation', 'near', false],
    ]);
    expect(findLeaks(images, ['train', 'train', 'train', 'test', 'test'], report)).toEqual([]);
  });
});

test('the manifest hash depends on contents, classes, groups and splits, not on order', () => {
  const a = { sha256: 'a', label: 'x', group: null };
  const b = { sha256: 'b', label: null, group: 'g' };
  const hash = computeManifestHash([a, b], ['train', 'test']);
  expect(computeManifestHash([b, a], ['test', 'train'])).toBe(hash);
  expect(computeManifestHash([a, b], ['test', 'train'])).not.toBe(hash);
  expect(computeManifestHash([{ ...a, label: 'y' }, b], ['train', 'test'])).not.toBe(hash);
});
