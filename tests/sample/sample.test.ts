// The shipped sample: drawn the same everywhere, and not to be had by brightness, colour or raw pixels.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FeatureSet, ProbeData } from '../../engine/probe/probeData.ts';
import { fitLinearProbe } from '../../engine/probe/linearProbe.ts';
import { scoreAgainstLabels } from '../../engine/probe/metrics.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';
import { hashPixels, IMAGES_PER_SPECIES, type ManifestEntry } from '../../scripts/sample/generate.ts';
import { drawScene } from '../../scripts/sample/scene.ts';
import { SPECIES } from '../../scripts/sample/species.ts';

const folder = join(import.meta.dirname, '..', '..', 'resources', 'sample');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
  readonly seed: number;
  readonly images: readonly ManifestEntry[];
};
const total = SPECIES.length * IMAGES_PER_SPECIES;
const side = 32;
let pixels: readonly Float32Array[];

beforeAll(async () => {
  pixels = await Promise.all(
    manifest.images.map(async ({ path }) => {
      const raw = await sharp(join(folder, path)).resize(side, side).removeAlpha().raw().toBuffer();
      return Float32Array.from(raw, (value) => value / 255);
    }),
  );
});

/** A split by image number: 60 % train, 20 % validation, 20 % test, the same of each class. */
function splitRows(): ProbeData['splits'] {
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (let species = 0; species < SPECIES.length; species++) {
    const order = new CounterRandom(1, 'sampleTest', species).nextPermutation(IMAGES_PER_SPECIES);
    order.forEach((index, place) => {
      const part = place < 120 ? 'train' : place < 160 ? 'validation' : 'test';
      parts[part].push(species * IMAGES_PER_SPECIES + index);
    });
  }
  return {
    train: Int32Array.from(parts.train),
    validation: Int32Array.from(parts.validation),
    test: Int32Array.from(parts.test),
  };
}

function probe(rows: readonly Float32Array[]): number {
  const dimensions = rows[0]!.length;
  const features = new Float32Array(total * dimensions);
  rows.forEach((row, index) => features.set(row, index * dimensions));
  const featureSet: FeatureSet = { name: 'pixels', features, dimensions };
  const labels = Int32Array.from({ length: total }, (_, index) => Math.floor(index / IMAGES_PER_SPECIES));
  const splits = splitRows();
  const outcome = fitLinearProbe({ featureSets: [featureSet], labels, classCount: SPECIES.length, splits });
  const testLabels = splits.test.map((row) => labels[row]!);
  return scoreAgainstLabels(outcome.testScores, testLabels).balancedAccuracy;
}

/** Histogram of each channel in 16 bins. */
function histogram(image: Float32Array): Float32Array {
  const bins = new Float32Array(48);
  image.forEach((value, at) => bins[(at % 3) * 16 + Math.min(15, Math.floor(value * 16))]!++);
  return bins;
}

describe('the sample', () => {
  test('holds two hundred images of each species, 128 px square, in no more than 6 MB', async () => {
    const sizes = manifest.images.map(({ path }) => statSync(join(folder, path)).size);
    expect(sizes.length).toBe(1200);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(6e6);
    expect(readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).length).toBe(
      6,
    );
    const { width, height } = await sharp(join(folder, manifest.images[0]!.path)).metadata();
    expect([width, height]).toEqual([128, 128]);
  });

  test('is drawn again to the same pixels', () => {
    for (const at of [0, 399, 691, 1199]) {
      const entry = manifest.images[at]!;
      const species = SPECIES.find(({ name }) => name === entry.species)!;
      expect(hashPixels(drawScene(species, at % IMAGES_PER_SPECIES, manifest.seed))).toBe(entry.pixelSha256);
    }
  });

  test('no two images are alike', () => {
    expect(new Set(manifest.images.map((entry) => entry.pixelSha256)).size).toBe(1200);
  });

  test('mean brightness says next to nothing about the species', () => {
    const means = pixels.map((image) => image.reduce((sum, value) => sum + value) / image.length);
    const ofSpecies = SPECIES.map((_, species) => {
      const own = means.slice(species * IMAGES_PER_SPECIES, (species + 1) * IMAGES_PER_SPECIES);
      return own.reduce((sum, value) => sum + value) / own.length;
    });
    // The standard deviation between images is about 0.05, so 0.02 is four standard errors of a mean of 100.
    expect(Math.max(...ofSpecies) - Math.min(...ofSpecies)).toBeLessThan(0.02);
  });

  test('a linear probe on 32 × 32 pixels gets less than half of it right', () => {
    const accuracy = probe(pixels);
    console.log(`linear probe on pixels: balanced accuracy ${accuracy.toFixed(3)}`);
    expect(accuracy).toBeLessThan(0.5);
  });

  test('so does a linear probe on colour histograms', () => {
    const accuracy = probe(pixels.map(histogram));
    console.log(`linear probe on colour histograms: balanced accuracy ${accuracy.toFixed(3)}`);
    expect(accuracy).toBeLessThan(0.5);
  });
});
