// Gives a worker the pixels of any image of a set: from memory shared by all workers, else from the cache on disk, else
// from the image's own file. What had to be made is kept where there is room.
import { PixelCache, type PixelCacheHandle } from './pixelCache.ts';
import { limitedSize, type RgbImage } from './rgbImage.ts';

/** An image as the loaders need to know it. */
export interface SourceImage {
  /** Absolute path of the file; only opened where the cache lacks the image. */
  readonly path: string;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
  /** Pixels, after orientation. */
  readonly width: number;
  readonly height: number;
}

/** Memory that all threads see: pixels of the first images that fit, one after the other. Plain data. */
export interface SharedPixels {
  readonly bytes: SharedArrayBuffer;
  /** Where each image lies in `bytes`; −1 for images that did not fit. */
  readonly offsets: Float64Array<SharedArrayBuffer>;
  /** For each image 0 empty, 1 being written, 2 ready. */
  readonly states: Int32Array<SharedArrayBuffer>;
}

/**
 * Reserves shared memory for the decoded pixels of as many images as fit into `maxBytes`. The system only backs what is
 * written. An image set in memory is never evicted: with a new random order each epoch nothing else keeps more hits.
 */
export function reserveSharedPixels(
  images: readonly SourceImage[],
  shorterSide: number,
  maxBytes: number,
): SharedPixels {
  const offsets = new Float64Array(new SharedArrayBuffer(images.length * 8)).fill(-1);
  let total = 0;
  images.forEach((image, index) => {
    const { width, height } = limitedSize(image.width, image.height, shorterSide);
    const sizeBytes = width * height * 3;
    if (total + sizeBytes > maxBytes) return;
    offsets[index] = total;
    total += sizeBytes;
  });
  const states = new Int32Array(new SharedArrayBuffer(images.length * 4));
  return { bytes: new SharedArrayBuffer(total), offsets, states };
}

export interface PixelSourceSetup {
  readonly images: readonly SourceImage[];
  readonly cache: PixelCacheHandle;
  readonly shared: SharedPixels;
}

const empty = 0;
const writing = 1;
const ready = 2;

export class PixelSource {
  readonly #images: readonly SourceImage[];
  readonly #cache: PixelCache;
  readonly #shared: SharedPixels;

  constructor(setup: PixelSourceSetup) {
    this.#images = setup.images;
    this.#cache = new PixelCache(setup.cache);
    this.#shared = setup.shared;
  }

  /**
   * Pixels of an image, its shorter side limited to the cache's. They may be shared with other threads: read only.
   * Throws file.missing, file.unreadable, file.corrupt.
   */
  async load(index: number): Promise<RgbImage> {
    const image = this.#images[index]!;
    const size = limitedSize(image.width, image.height, this.#cache.shorterSide);
    const offset = this.#shared.offsets[index]!;
    if (offset >= 0 && Atomics.load(this.#shared.states, index) === ready) {
      return { ...size, pixels: new Uint8Array(this.#shared.bytes, offset, size.width * size.height * 3) };
    }
    const cached = this.#cache.read(image.sha256);
    const isUsable = cached !== null && cached.width === size.width && cached.height === size.height;
    const found = isUsable ? cached : await this.#makeAgain(image);
    if (offset >= 0) this.#keep(index, offset, found);
    return found;
  }

  #keep(index: number, offset: number, image: RgbImage): void {
    const { states, bytes } = this.#shared;
    if (Atomics.compareExchange(states, index, empty, writing) !== empty) return;
    new Uint8Array(bytes, offset, image.pixels.length).set(image.pixels);
    Atomics.store(states, index, ready);
  }

  async #makeAgain(wanted: SourceImage): Promise<RgbImage> {
    // Loaded on demand: where the cache is complete, a worker never needs the decoders.
    const { cacheImage } = await import('./examineFile.ts');
    const { decodeKnownFile } = await import('./knownFile.ts');
    return cacheImage(this.#cache, wanted.sha256, await decodeKnownFile(wanted));
  }
}
