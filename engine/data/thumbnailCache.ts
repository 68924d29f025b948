// Small pictures on disk, named by the content of the image and their size, so that a folder of images need be decoded for
// looking only once. Bounded; everything here can be deleted at any time.
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRuleVersion } from '../contract/dataset.ts';

export interface ThumbnailCacheSettings {
  /** Folder of its own; made when the first picture is kept. */
  readonly folder: string;
  readonly maxBytes: number;
}

/** Once it is full, this share of it stays. */
const keptShare = 0.8;
const pictureName = /^[0-9a-f]{64}-\d+\.jpg(\.\d+\.\d+\.tmp)?$/;

interface Picture {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedMs: number;
}

export class ThumbnailCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Bytes on disk; null until they are first counted. */
  #usedBytes: number | null = null;
  #tidying: Promise<void> | null = null;
  #writes = 0;

  constructor({ folder, maxBytes }: ThumbnailCacheSettings) {
    this.#folder = join(folder, `v${decodeRuleVersion}`);
    this.#maxBytes = maxBytes;
  }

  #path(sha256: string, size: number): string {
    return join(this.#folder, sha256.slice(0, 2), `${sha256}-${size}.jpg`);
  }

  /** The picture, or null where it is missing or was only half written. */
  async read(sha256: string, size: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const path = this.#path(sha256, size);
    const bytes = await readFile(path).catch(() => null);
    // A JPEG ends with its own mark.
    if (!bytes || bytes.length < 4 || bytes.readUInt16BE(bytes.length - 2) !== 0xffd9) return null;
    const now = new Date();
    // Only to know which pictures nobody looks at any more.
    await utimes(path, now, now).catch(() => undefined);
    return new Uint8Array(bytes);
  }

  /** Keeps a picture; where it cannot be kept, it is drawn again next time. */
  async write(sha256: string, size: number, bytes: Uint8Array): Promise<void> {
    const path = this.#path(sha256, size);
    const temporary = `${path}.${process.pid}.${this.#writes++}.tmp`;
    try {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return;
    }
    if (this.#usedBytes !== null) this.#usedBytes += bytes.length;
    if (this.#usedBytes !== null && this.#usedBytes <= this.#maxBytes) return;
    this.#tidying ??= this.#tidy().finally(() => (this.#tidying = null));
    await this.#tidying;
  }

  /** Counts what is there and, where it is too much, deletes what was not looked at for longest. */
  async #tidy(): Promise<void> {
    const pictures = await this.#list();
    let total = pictures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (total > this.#maxBytes) {
      for (const { path, sizeBytes } of pictures.sort((a, b) => a.usedMs - b.usedMs)) {
        if (total <= keptShare * this.#maxBytes) break;
        await rm(path, { force: true }).catch(() => undefined);
        total -= sizeBytes;
      }
    }
    this.#usedBytes = total;
  }

  async #list(): Promise<Picture[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const pictures: Picture[] = [];
    for (const entry of entries) {
      if (!entry.isFile() || !pictureName.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      const found = await stat(path).catch(() => null);
      if (found) pictures.push({ path, sizeBytes: found.size, usedMs: found.mtimeMs });
    }
    return pictures;
  }
}
