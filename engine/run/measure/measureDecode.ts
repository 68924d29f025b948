// How long the first epoch's decoding takes, from a few of the images themselves. The project's cache is neither read nor
// written: what is decoded already says nothing about the time.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluationLoader } from '../../data/evaluationLoader.ts';
import { cacheSideFor } from '../../data/pixelCache.ts';
import type { SourceImage } from '../../data/pixelSource.ts';

const mostDecoded = 16;

/** At most 16 of them, spread evenly over the list. */
function chooseSome<T>(images: readonly T[]): T[] {
  const count = Math.min(mostDecoded, images.length);
  return Array.from({ length: count }, (_, place) => images[Math.floor((place * images.length) / count)]!);
}

/** Milliseconds for one image. Throws dataset.empty, file.missing, file.unreadable, file.corrupt. */
export async function measureDecode(images: readonly SourceImage[], imageSize: number): Promise<number> {
  const some = chooseSome(images);
  const folder = mkdtempSync(join(tmpdir(), 'thimble-decode-'));
  try {
    const cache = { folder, shorterSide: cacheSideFor(imageSize), maxBytes: 0 };
    const batchSize = some.length;
    const loader = await createEvaluationLoader({ images: some, cache, imageSize, batchSize, workers: 0 });
    const startedMs = performance.now();
    await loader.batch(0);
    const durationMs = performance.now() - startedMs;
    await loader.close();
    return durationMs / some.length;
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
