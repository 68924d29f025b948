import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { paperConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { BatchOrder } from '../../../engine/data/batchOrder.ts';
import { createEvaluationLoader } from '../../../engine/data/evaluationLoader.ts';
import { createPretrainLoader, type PretrainImages } from '../../../engine/data/pretrainLoader.ts';
import { scanImages } from '../../../engine/data/scanImages.ts';
import { createSupervisedLoader } from '../../../engine/data/supervisedLoader.ts';
import type { LoaderOptions } from '../../../engine/data/batchPrefetch.ts';
import { png, put, temporaryFolder } from './testImages.ts';

const config: RunConfig = {
  ...paperConfig,
  model: { ...paperConfig.model, imageSize: 32 },
  optimizer: { ...paperConfig.optimizer, batchSize: 4 },
};

async function makeSet(count: number): Promise<LoaderOptions & { root: string }> {
  const root = temporaryFolder();
  for (let i = 0; i < count; i++) put(root, `${i}.png`, await png(i, 60, 50 + i));
  const { images } = await scanImages(root, { workers: 0 });
  const cache = { folder: join(temporaryFolder(), 'cache'), shorterSide: 48, maxBytes: 1e7 };
  const located = images.map(({ relativePath, sha256, width, height }) => {
    return { path: join(root, relativePath), sha256, width, height };
  });
  return { root, cache, images: located };
}

const hash = ({ contextImages, targetImages }: PretrainImages) =>
  createHash('sha256')
    .update(new Uint8Array(contextImages.buffer))
    .update(new Uint8Array(targetImages.buffer))
    .digest('hex');
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error);

describe('the order of images', () => {
  test('shows each image once an epoch and fills the last batch from the orders that follow', () => {
    const order = new BatchOrder(10, 4, 1, 'test');
    expect(order.stepsPerEpoch).toBe(3);
    const stepsFrom = (first: number) =>
      [first, first + 1, first + 2].flatMap((step) => Array.from(order.imagesOfStep(step)));
    const epoch = stepsFrom(0);
    expect(new Set(epoch.slice(0, 10)).size).toBe(10);
    const next = stepsFrom(3);
    expect(epoch.slice(10)).toEqual(next.slice(0, 2));
    expect(next.slice(0, 10)).not.toEqual(epoch.slice(0, 10));
  });

  test('fills a batch from a set that is smaller', () => {
    const images = new BatchOrder(3, 8, 1, 'test').imagesOfStep(0);
    expect(images.length).toBe(8);
    expect(new Set(images)).toEqual(new Set([0, 1, 2]));
    expect(() => new BatchOrder(0, 8, 1, 'test')).toThrow(/no image/);
  });
});

describe('the pretraining loader', () => {
  test('gives the same batches with any number of workers, in any order, from cache or file', async () => {
    const set = await makeSet(10);
    const hashes: string[][] = [];
    for (const [workers, memoryBytes] of [
      [0, 0],
      [0, 1e7],
      [1, 1e7],
      [2, 20_000],
    ] as const) {
      const loader = await createPretrainLoader({ ...set, config, workers, memoryBytes });
      const found = new Map<number, string>();
      for (const step of workers === 1 ? [4, 0, 2, 1, 3] : [0, 1, 2, 3, 4])
        found.set(step, hash(await loader.batch(step)));
      hashes.push([0, 1, 2, 3, 4].map((step) => found.get(step)!));
      await loader.close();
    }
    expect(new Set(hashes[0]).size).toBe(5);
    for (const other of hashes.slice(1)) expect(other).toEqual(hashes[0]);
  });

  test('normalises to mean 0 and deviation 1 of natural images, in two views that differ', async () => {
    const set = await makeSet(4);
    const loader = await createPretrainLoader({ ...set, config, workers: 0 });
    const { contextImages, targetImages, imageIndices } = await loader.batch(0);
    await loader.close();
    expect(contextImages.length).toBe(4 * 3 * 32 * 32);
    expect(new Set(imageIndices).size).toBe(4);
    expect(Math.min(...contextImages)).toBeGreaterThanOrEqual(-2.12);
    expect(Math.max(...contextImages)).toBeLessThanOrEqual(2.65);
    expect(targetImages).not.toEqual(contextImages);
  });

  test('still reads cached images when their files are gone, and names a file it needs', async () => {
    const set = await makeSet(4);
    const warm = await createPretrainLoader({ ...set, config, workers: 0 });
    const first = hash(await warm.batch(0));
    await warm.close();
    rmSync(set.root, { recursive: true });
    const cached = await createPretrainLoader({ ...set, config, workers: 1 });
    expect(hash(await cached.batch(0))).toBe(first);
    await cached.close();
    const elsewhere = { ...set.cache, folder: join(temporaryFolder(), 'empty') };
    const cold = await createPretrainLoader({ ...set, cache: elsewhere, config, workers: 1 });
    const error = await cold.batch(0).catch((thrown: unknown) => thrown);
    await cold.close();
    expect(codeOf(error)).toBe('file.missing');
    expect(String(error)).toContain(set.root);
  });

  test('refuses a file that is no longer the imported one, and anything but RGB', async () => {
    const set = await makeSet(1);
    writeFileSync(set.images[0]!.path, await png(99));
    const loader = await createPretrainLoader({ ...set, config, workers: 0 });
    expect(codeOf(await loader.batch(0).catch((thrown: unknown) => thrown))).toBe('file.corrupt');
    await loader.close();
    const gray = { ...config, model: { ...config.model, inChannels: 1 } };
    const refused = await createPretrainLoader({ ...set, config: gray, workers: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(codeOf(refused)).toBe('config.invalid');
  });
});

test('the supervised loader gives each view its own image’s class', async () => {
  const set = await makeSet(6);
  const labels = [0, 1, 2, 0, 1, 2];
  const options = {
    ...set,
    labels,
    augment: config.augment,
    imageSize: 32,
    batchSize: 4,
    seed: 3,
    workers: 1,
  };
  const loader = await createSupervisedLoader(options);
  for (const step of [0, 1, 2]) {
    const batch = await loader.batch(step);
    expect([...batch.labels]).toEqual([...batch.imageIndices].map((index) => labels[index]));
    expect(batch.images.length).toBe(4 * 3 * 32 * 32);
  }
  await loader.close();
});

test('the evaluation loader shows every image once, in order, always the same, and pads the last batch', async () => {
  const set = await makeSet(6);
  const options = { ...set, imageSize: 32, batchSize: 4, workers: 1 };
  const loader = await createEvaluationLoader(options);
  expect(loader.batchCount).toBe(2);
  const [first, last] = [await loader.batch(0), await loader.batch(1)];
  const again = await loader.batch(0);
  expect(again.images).toEqual(first.images);
  expect([first.first, first.count, last.first, last.count]).toEqual([0, 4, 4, 2]);
  const imageLength = 3 * 32 * 32;
  const view = (batch: typeof last, position: number) => [
    ...batch.images.subarray(position * imageLength, (position + 1) * imageLength),
  ];
  const views = [0, 1, 2, 3].map((position) => view(first, position).join());
  expect(new Set(views).size).toBe(4);
  expect(view(last, 2)).toEqual(view(last, 1));
  expect(view(last, 3)).toEqual(view(last, 1));
  expect(view(last, 0)).not.toEqual(view(last, 1));
  expect(codeOf(await loader.batch(2).catch((thrown: unknown) => thrown))).toBe('internal');
  await loader.close();
});
