import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunConfig } from '../../../engine/contract/config.ts';
import type { ModelView } from '../../../engine/contract/images.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import { writeNormalized } from '../../../engine/data/normalization.ts';
import { createPretrainLoader } from '../../../engine/data/pretrainLoader.ts';
import { sampleKeepMasks } from '../../../engine/mimjepa/stepInputs.ts';
import { openProject } from '../../../engine/project/project.ts';
import { Engine } from '../../../engine/run/engine.ts';
import { listRunImages, selectPretrainImages } from '../../../engine/run/runImages.ts';
import { buildConfig } from '../../../engine/run/training/runRequest.ts';
import { projectPixelCache } from '../../../engine/run/training/trainingSettings.ts';
import { encode, floatTiff, makeImage, png, put } from '../data/testImages.ts';

let root: string;
let images: string;
let project: string;
let data: string;
let engine: Engine;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'thimble-pictures-'));
  images = join(root, 'images');
  project = join(root, 'project');
  data = join(root, 'data');
  engine = new Engine({ dataFolder: data });
  await engine.request('project.create', { folder: project });
});
afterEach(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

const codeOf = (code: string) => expect.objectContaining({ code });
const render = (image: number, size: number, signal?: AbortSignal) =>
  engine.request('image.render', { project, image, size }, { signal });

async function pixelsOf(bytes: Uint8Array) {
  const { data: pixels, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { pixels, width: info.width, height: info.height, channels: info.channels };
}

/** Imports the images and returns their numbers by name. */
async function importImages(): Promise<Record<string, number>> {
  const dataset = await engine.request('dataset.import', { project, path: images });
  const page = await engine.request('image.list', { project, dataset: dataset.id, limit: 500 });
  return Object.fromEntries(page.images.map(({ relativePath, id }) => [relativePath, id]));
}

describe('a picture', () => {
  test('is the image as the model gets it, smaller, never larger', async () => {
    put(
      images,
      'photo.jpg',
      await encode(makeImage(600, 300, 1))
        .jpeg({ quality: 95 })
        .toBuffer(),
    );
    put(images, 'small.png', await png(2, 40, 32));
    // Values far below 8 bits: without their own range they would all be black.
    put(images, 'dim.tif', floatTiff(64, 32, [0.001, 0.002]));
    put(
      images,
      'turned.jpg',
      await encode(makeImage(60, 30, 3))
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
    );
    put(
      images,
      'clear.png',
      await sharp({
        create: { width: 32, height: 32, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
      })
        .png()
        .toBuffer(),
    );
    const ids = await importImages();
    const sizeOf = async (name: string, size: number) => {
      const { mime, bytes } = await render(ids[name]!, size);
      expect(mime).toBe('image/jpeg');
      const { width, height } = await pixelsOf(bytes);
      return [width, height];
    };
    expect(await sizeOf('photo.jpg', 200)).toEqual([200, 100]);
    expect(await sizeOf('photo.jpg', 2000)).toEqual([600, 300]);
    expect(await sizeOf('small.png', 256)).toEqual([40, 32]);
    expect(await sizeOf('turned.jpg', 256)).toEqual([30, 60]);
    const dim = await pixelsOf((await render(ids['dim.tif']!, 256)).bytes);
    expect([Math.min(...dim.pixels) < 40, Math.max(...dim.pixels) > 215]).toEqual([true, true]);
    const clear = await pixelsOf((await render(ids['clear.png']!, 64)).bytes);
    expect(Math.min(...clear.pixels)).toBe(255);
  });

  test('of a JPEG, drawn the fast way, looks like the one that was decoded whole', async () => {
    const jpeg = await encode(makeImage(900, 600, 4))
      .jpeg({ quality: 95 })
      .toBuffer();
    put(images, 'fast.jpg', jpeg);
    const ids = await importImages();
    const drawn = await pixelsOf((await render(ids['fast.jpg']!, 150)).bytes);
    const whole = { ...(await pixelsOf(jpeg)), channels: 3 } as const;
    const expected = {
      ...whole,
      width: 150,
      height: 100,
      pixels: await encode(whole).resize(150, 100).raw().toBuffer(),
    };
    // Compression alone changes this much; the short way must add almost nothing.
    const compressed = await encode(expected).jpeg({ quality: 88, chromaSubsampling: '4:4:4' }).toBuffer();
    const meanError = (pixels: Uint8Array) =>
      pixels.reduce((sum, value, i) => sum + Math.abs(value - expected.pixels[i]!), 0) / pixels.length;
    const added = meanError(drawn.pixels) - meanError((await pixelsOf(compressed)).pixels);
    expect(added).toBeLessThan(1);
  });

  test('is kept by content and size, and drawn again where what was kept is damaged', async () => {
    put(images, 'a.png', await png(1));
    const ids = await importImages();
    const first = await render(ids['a.png']!, 32);
    const kept = readdirSync(join(data, 'thumbnails'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    );
    expect(kept.map(({ name }) => name)).toEqual([expect.stringMatching(/^[0-9a-f]{64}-32\.jpg$/)]);
    const path = join(kept[0]!.parentPath, kept[0]!.name);
    const other = await encode(makeImage(5, 5, 9))
      .jpeg()
      .toBuffer();
    writeFileSync(path, other);
    expect(Buffer.from((await render(ids['a.png']!, 32)).bytes)).toEqual(other);
    writeFileSync(path, other.subarray(0, 100));
    expect((await render(ids['a.png']!, 32)).bytes).toEqual(first.bytes);
    expect(statSync(path).size).toBe(first.bytes.length);
  });

  test('is not given where the image is gone, changed or damaged, and the file is named', async () => {
    const path = put(images, 'a.png', await png(1));
    put(images, 'b.png', await png(2));
    const ids = await importImages();
    await render(ids['a.png']!, 32);
    renameSync(path, `${path}.away`);
    for (const size of [32, 33, 1024]) {
      await expect(render(ids['a.png']!, size)).rejects.toEqual(
        expect.objectContaining({ code: 'file.missing', details: expect.objectContaining({ path }) }),
      );
    }
    writeFileSync(path, await png(3));
    await expect(render(ids['a.png']!, 33)).rejects.toEqual(codeOf('file.corrupt'));
    writeFileSync(path, 'no longer a picture');
    await expect(render(ids['a.png']!, 33)).rejects.toEqual(codeOf('file.unreadable'));
    await expect(render(999, 32)).rejects.toEqual(codeOf('dataset.notFound'));
  });

  test('of a project that nobody opened leaves its folder alone', async () => {
    put(images, 'a.png', await png(1));
    const ids = await importImages();
    engine.close();
    const before = readdirSync(project).sort();
    expect((await render(ids['a.png']!, 32)).bytes.length).toBeGreaterThan(100);
    expect(readdirSync(project).sort()).toEqual(before);
    expect(readdirSync(join(project, 'cache'))).toEqual([]);
  });

  test('many are drawn at once, and those nobody waits for are not', async () => {
    for (let i = 0; i < 30; i++) put(images, `${String(i).padStart(2, '0')}.png`, await png(i));
    const ids = Object.values(await importImages());
    const gone = new AbortController();
    const drawing = ids.map((id, i) => render(id, 24, i >= 15 ? gone.signal : undefined));
    gone.abort();
    const outcomes = await Promise.allSettled(drawing);
    expect(outcomes.slice(0, 15).every(({ status }) => status === 'fulfilled')).toBe(true);
    const refused = outcomes.slice(15).filter(({ status }) => status === 'rejected');
    expect(refused.length).toBe(15);
    expect(refused.map((outcome) => (outcome as PromiseRejectedResult).reason.code)).toEqual(
      Array(15).fill('cancelled'),
    );
  });

  test('is also given where nothing can be kept', async () => {
    put(images, 'a.png', await png(1));
    const ids = await importImages();
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'thumbnails'), 'a file where the folder should be');
    expect((await render(ids['a.png']!, 32)).bytes.length).toBeGreaterThan(100);
  });
});

describe('what the model will see', () => {
  const settings = {
    'model.imageSize': 64,
    'optimizer.batchSize': 4,
    'augment.verticalFlip': 0.5,
    'masking.dropRatio': 0.5,
  };
  const preview = (change: Partial<RequestPayload<'image.preview'>> = {}) =>
    engine.request('image.preview', { project, split: 1, settings, seed: 5, ...change });

  async function importSplit(): Promise<void> {
    for (let i = 0; i < 6; i++) put(images, `a/${i}.png`, await png(i, 300, 200));
    for (let i = 0; i < 6; i++) put(images, `b/${i}.png`, await png(10 + i, 100, 160));
    await importImages();
    await engine.request('split.create', {
      project,
      dataset: 1,
      ratios: { train: 8, validation: 2, test: 2 },
    });
  }

  /** The first batch of a run with these settings, as it is trained on. */
  async function loadFirstBatch(config: RunConfig) {
    const opened = openProject(project);
    const all = listRunImages(opened.database, 1).images;
    const trainImages = selectPretrainImages(all, 'clean');
    const cache = projectPixelCache(opened, config.model.imageSize);
    const loader = await createPretrainLoader({ images: trainImages, cache, config, workers: 0 });
    const batch = await loader.batch(0);
    await loader.close();
    opened.close();
    return { ...batch, ids: [...batch.imageIndices].map((index) => trainImages[index]!.id) };
  }

  async function normalize(views: readonly ModelView[], of: 'contextPng' | 'targetPng') {
    const side = views[0]!.side;
    const batch = new Float32Array(views.length * 3 * side * side);
    for (const [position, view] of views.entries()) {
      const { pixels, width, height, channels } = await pixelsOf(view[of]);
      expect([width, height, channels]).toEqual([side, side, 3]);
      writeNormalized(pixels, batch, position);
    }
    return batch;
  }

  test('is, to the last bit, what the first step of the run learns from', async () => {
    await importSplit();
    const config = buildConfig({ settings, seed: 5 });
    const batch = await loadFirstBatch(config);
    const views = await preview({ count: 4 });
    expect(views.map(({ imageId }) => imageId)).toEqual(batch.ids);
    expect(await normalize(views, 'contextPng')).toEqual(batch.contextImages);
    expect(await normalize(views, 'targetPng')).toEqual(batch.targetImages);
    expect(views.flatMap(({ keepMask }) => keepMask)).toEqual([...sampleKeepMasks(config, 0)]);
    expect(views[0]).toMatchObject({ side: 64, gridSide: 4, label: expect.stringMatching(/^[ab]$/) });
  });

  test('stays the same until something changes, and only another draw changes everything', async () => {
    await importSplit();
    const first = await preview();
    expect(await preview()).toEqual(first);
    const other = await preview({ draw: 1 });
    expect(other.map(({ imageId }) => imageId)).toEqual(first.map(({ imageId }) => imageId));
    expect(other.map(({ crop }) => crop)).not.toEqual(first.map(({ crop }) => crop));
    expect(other.map(({ keepMask }) => keepMask)).not.toEqual(first.map(({ keepMask }) => keepMask));
    const masked = await preview({ settings: { ...settings, 'masking.dropRatio': 0.75 } });
    expect(masked.map(({ contextPng }) => contextPng)).toEqual(first.map(({ contextPng }) => contextPng));
    expect(masked[0]!.keepMask.reduce((sum, keep) => sum + keep, 0)).toBe(4);
  });

  test('of images that were asked for comes in that order, and only of the split’s own', async () => {
    await importSplit();
    const wanted = [9, 2];
    expect((await preview({ images: wanted })).map(({ imageId }) => imageId)).toEqual(wanted);
    await expect(preview({ images: [2, 999] })).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('names the crop in the pixels of the whole image', async () => {
    await importSplit();
    const whole = await preview({
      settings: { ...settings, 'augment.cropScale': [1, 1], 'augment.cropAspect': [1.5, 1.5] },
      count: 8,
    });
    const wide = whole.find(({ label }) => label === 'a')!;
    expect(wide.crop).toEqual({ left: 0, top: 0, width: 300, height: 200 });
    const plain = await preview({ settings: { ...settings, 'augment.colorViews': 'none' } });
    for (const view of plain) {
      expect(view.contextPng).toEqual(view.cropPng);
      expect(view.targetPng).toEqual(view.cropPng);
    }
    expect(new Set(plain.map(({ isUpsideDown }) => isUpsideDown)).size).toBe(2);
  });

  test('shows each training image once, of all images only in the transductive protocol', async () => {
    await importSplit();
    const trained = (await preview({ count: 24 })).map(({ imageId }) => imageId);
    expect(new Set(trained).size).toBe(trained.length);
    const page = await engine.request('image.list', { project, dataset: 1, split: 1, parts: ['train'] });
    expect(trained.sort((a, b) => a - b)).toEqual(page.images.map(({ id }) => id));
    expect(await preview({ count: 24, protocol: 'transductive' })).toHaveLength(12);
  });

  test('writes nothing into the cache that training uses', async () => {
    await importSplit();
    await preview();
    expect(await engine.request('cache.show', { project })).toMatchObject({ fileCount: 0 });
  });

  test('says what cannot be: wrong settings, no such split, an image that is gone', async () => {
    await importSplit();
    await expect(preview({ settings: { 'model.imageSize': 70 } })).rejects.toEqual(codeOf('config.invalid'));
    await expect(preview({ split: 9 })).rejects.toEqual(codeOf('dataset.notFound'));
    rmSync(images, { recursive: true });
    await expect(preview()).rejects.toEqual(codeOf('file.missing'));
  });
});
