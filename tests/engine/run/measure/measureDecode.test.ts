import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluationLoader } from '../../../../engine/data/evaluationLoader.ts';
import { measureDecode } from '../../../../engine/run/measure/measureDecode.ts';
import { listRunImages, type RunImage } from '../../../../engine/run/runImages.ts';
import { projectPixelCache } from '../../../../engine/run/training/trainingSettings.ts';
import { createTinyProject, type TinyProject } from '../training/tinyProject.ts';

let tiny: TinyProject;
let images: readonly RunImage[];
beforeAll(async () => {
  tiny = await createTinyProject();
  ({ images } = listRunImages(tiny.project.database, tiny.splitId));
});
afterAll(() => tiny?.remove());

const listCache = () => readdirSync(join(tiny.project.folder, 'cache'), { recursive: true }).sort();

describe('what decoding takes', () => {
  test('is measured on the files themselves, whether they are in the cache or not, and leaves it as it is', async () => {
    const cache = projectPixelCache(tiny.project, 32);
    const loader = await createEvaluationLoader({ images, cache, imageSize: 32, batchSize: 12, workers: 0 });
    await loader.batch(0);
    await loader.close();
    const before = listCache();
    expect(before.length).toBeGreaterThan(12);
    expect(await measureDecode(images, 32)).toBeGreaterThan(0);
    expect(listCache()).toEqual(before);
    // Only decoding finds out that a file is gone.
    const gone = images.map((image) => ({ ...image, path: join('/nowhere', 'x.png') }));
    await expect(measureDecode(gone, 32)).rejects.toMatchObject({ code: 'file.missing' });
  });

  test('takes at most 16 images, from the whole list', async () => {
    const [image] = images;
    const read: number[] = [];
    const many = Array.from({ length: 1000 }, (_, place) => ({
      get path() {
        read.push(place);
        return image!.path;
      },
      sha256: image!.sha256,
      width: image!.width,
      height: image!.height,
    }));
    await measureDecode(many, 32);
    expect(new Set(read).size).toBe(16);
    expect(Math.min(...read)).toBe(0);
    expect(Math.max(...read)).toBeGreaterThan(900);
  });
});
