// Draws pictures of images and of what a model sees of them, in worker threads, a few at a time. Keeps small pictures on
// disk and the pixels of previewed images in memory; opens no database.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gridSide, type RunConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import type { ModelView, RenderedImage } from '../contract/images.ts';
import { createLargeImageTurn } from '../data/largeImageTurn.ts';
import type { PixelCacheSettings } from '../data/pixelCache.ts';
import type { RenderedView } from '../data/renderModelView.ts';
import type { RgbImage } from '../data/rgbImage.ts';
import { defaultScanWorkers } from '../data/scanImages.ts';
import { ThumbnailCache } from '../data/thumbnailCache.ts';
import { openWorkerPool, type WorkerPool } from '../data/workerPool.ts';
import { sampleKeepMaskAt } from '../mimjepa/stepInputs.ts';
import type { StoredFile } from '../project/queries/imagePages.ts';
import { Turns } from './turns.ts';

/** Pictures larger than this are drawn anew each time. */
const mostKeptSize = 512;
const mostThumbnailBytes = 500e6;
const mostPixelBytes = 64e6;

const pathOf = (file: StoredFile) => resolve(file.rootFolder, file.relativePath);

/** What is drawn of an image, and for which step of a run. */
export interface PreviewRequest {
  readonly config: RunConfig;
  readonly cache: PixelCacheSettings;
  /** The file at each position of the batch, from the first. */
  readonly files: readonly StoredFile[];
  readonly step: number;
}

export class Pictures {
  readonly #thumbnails: ThumbnailCache;
  readonly #turns = new Turns(defaultScanWorkers());
  #pool: Promise<WorkerPool> | null = null;
  /** By content and size, those used last at the end. */
  readonly #pixels = new Map<string, RgbImage>();
  #pixelBytes = 0;

  /** Touches no file and starts no thread. */
  constructor(dataFolder: string) {
    const folder = join(dataFolder, 'thumbnails');
    this.#thumbnails = new ThumbnailCache({ folder, maxBytes: mostThumbnailBytes });
  }

  /** Runs work that uses the workers, a few at a time. Rejects with cancelled where the caller gave up before its turn. */
  #work<T>(signal: AbortSignal | undefined, work: (pool: WorkerPool) => Promise<T>): Promise<T> {
    const setup = { purpose: 'show', turn: createLargeImageTurn() } as const;
    this.#pool ??= openWorkerPool(this.#turns.count, setup);
    const pool = this.#pool;
    return this.#turns.take(signal, async () => work(await pool));
  }

  /**
   * The image as a JPEG, its longest side at most `size` pixels.
   * Throws file.missing, file.unreadable, file.corrupt, cancelled.
   */
  async render(file: StoredFile, size: number, signal?: AbortSignal): Promise<RenderedImage> {
    const path = pathOf(file);
    const { sha256 } = file;
    const isKept = size <= mostKeptSize;
    if (isKept) {
      // A kept picture must not hide that the image itself is gone.
      await assertThere(path);
      const known = await this.#thumbnails.read(sha256, size);
      if (known) return { mime: 'image/jpeg', bytes: known };
    }
    const bytes = await this.#work(signal, (pool) =>
      pool.run({ kind: 'picture', file: { path, sha256 }, size }),
    );
    if (isKept) await this.#thumbnails.write(sha256, size, bytes);
    return { mime: 'image/jpeg', bytes };
  }

  /** What the encoders get of each file. Throws file.missing, file.unreadable, file.corrupt, config.invalid, cancelled. */
  preview({ config, cache, files, step }: PreviewRequest, signal?: AbortSignal): Promise<ModelView[]> {
    const { seed, augment } = config;
    const side = config.model.imageSize;
    const views = { kind: 'random', viewCount: 2, augment, seed, site: 'pretrain' } as const;
    const drawOne = async (file: StoredFile, position: number): Promise<ModelView> => {
      const image = await this.#loadPixels(file, cache, signal);
      const view = await this.#work(signal, (pool) =>
        pool.run({ kind: 'view', image, side, views, step, position }),
      );
      return {
        ...describeView(file, image, view),
        side,
        gridSide: gridSide(config.model),
        keepMask: [...sampleKeepMaskAt(config, step, position)],
      };
    };
    return Promise.all(files.map(drawOne));
  }

  async #loadPixels(
    file: StoredFile,
    cache: PixelCacheSettings,
    signal: AbortSignal | undefined,
  ): Promise<RgbImage> {
    const key = `${file.sha256}-${cache.shorterSide}`;
    const known = this.#pixels.get(key);
    if (known) {
      this.#pixels.delete(key);
      this.#pixels.set(key, known);
      return known;
    }
    const { sha256, width, height } = file;
    // Without room to write: what is only looked at does not displace what training needs.
    const readCache = { ...cache, maxBytes: 0, usedBytes: new SharedArrayBuffer(8) };
    const source = { path: pathOf(file), sha256, width, height };
    const image = await this.#work(signal, (pool) =>
      pool.run({ kind: 'pixels', image: source, cache: readCache }),
    );
    this.#keepPixels(key, image);
    return image;
  }

  #keepPixels(key: string, image: RgbImage): void {
    if (this.#pixels.has(key)) return;
    this.#pixels.set(key, image);
    this.#pixelBytes += image.pixels.length;
    for (const [oldest, { pixels }] of this.#pixels) {
      if (this.#pixelBytes <= mostPixelBytes) return;
      this.#pixels.delete(oldest);
      this.#pixelBytes -= pixels.length;
    }
  }

  /** Ends the threads; what is being drawn is rejected. */
  close(): void {
    const pool = this.#pool;
    this.#pool = null;
    void pool?.then(
      (opened) => opened.close(),
      // Workers that never started need no end; whoever asked for a picture was told.
      () => undefined,
    );
  }
}

async function assertThere(path: string): Promise<void> {
  if (await stat(path).catch(() => null)) return;
  throw new EngineError('file.missing', `the image ${path} cannot be read: it is no longer there`, {
    details: { path },
  });
}

/** The crop in the pixels of the upright image, which the cached pixels are a smaller copy of. */
function describeView(
  file: StoredFile,
  image: RgbImage,
  { box, flips, pngs }: RenderedView,
): Omit<ModelView, 'side' | 'gridSide' | 'keepMask'> {
  const [scaleX, scaleY] = [file.width / image.width, file.height / image.height];
  const [cropPng, contextPng, targetPng] = pngs;
  return {
    imageId: file.id,
    label: file.label,
    relativePath: file.relativePath,
    crop: {
      left: box.left * scaleX,
      top: box.top * scaleY,
      width: box.width * scaleX,
      height: box.height * scaleY,
    },
    isMirrored: flips.horizontal,
    isUpsideDown: flips.vertical,
    cropPng: cropPng!,
    contextPng: contextPng!,
    targetPng: targetPng!,
  };
}
