// Decoded pixels on disk, so that training need not decode again: one small checksummed file an image, named by content.
// Everything here can be deleted at any time; what is missing or damaged is made again from the image itself.
import {
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { decodeRuleVersion } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { limitedSize, type RgbImage } from './rgbImage.ts';

export interface PixelCacheSettings {
  /** Folder of its own, e.g. `cache/` of a project; made if missing. */
  readonly folder: string;
  /** Images are stored with their shorter side at most this long, pixels. */
  readonly shorterSide: number;
  /** Most bytes that the folder may hold; what does not fit is decoded again each time. */
  readonly maxBytes: number;
}

/** Plain data from which another thread opens the same cache, with the same count of bytes. */
export interface PixelCacheHandle extends PixelCacheSettings {
  readonly usedBytes: SharedArrayBuffer;
}

const magic = 0x58504854; // "THPX"
const headerBytes = 32;
const entryName = /^[0-9a-f]{64}\.(rgb|\d+\.\d+\.tmp)$/;
const isSystemError = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

// DIFFERS: the reference crops from full-size images (docs/decisions/010-images-in.md).
/**
 * The shorter side worth caching for a model's input of `imageSize` pixels: 1.5 times as many. Half of the paper's crops
 * (area 0.2 … 1, median 0.485) then need no enlarging, the smallest are enlarged 1.5 times, and an image of 4:3 takes
 * 83 kB at 96 px or 450 kB at 224 px; twice the side would take four times that.
 */
export function cacheSideFor(imageSize: number): number {
  return Math.round(imageSize * 1.5);
}

/** One process's view of a cache folder. */
export class PixelCache {
  readonly shorterSide: number;
  readonly #folder: string;
  readonly #maxBytes: bigint;
  readonly #used: BigInt64Array;
  readonly #handle: PixelCacheHandle;
  readonly #madeFolders = new Set<string>();

  constructor(handle: PixelCacheHandle) {
    this.#handle = handle;
    this.shorterSide = handle.shorterSide;
    this.#folder = variantFolder(handle);
    this.#maxBytes = BigInt(Math.floor(handle.maxBytes));
    this.#used = new BigInt64Array(handle.usedBytes);
  }

  /** What another thread needs to open the same cache. */
  get handle(): PixelCacheHandle {
    return this.#handle;
  }

  /** Bytes in the folder, as far as this process and its threads know. */
  get usedBytes(): number {
    return Number(Atomics.load(this.#used, 0));
  }

  #path(sha256: string): string {
    return entryPath(this.#folder, sha256);
  }

  /** Whether an entry is there; it may still prove damaged. */
  has(sha256: string): boolean {
    return statSync(this.#path(sha256), { throwIfNoEntry: false }) !== undefined;
  }

  /** The image, or null where it is missing or damaged (a damaged entry is deleted). */
  read(sha256: string): RgbImage | null {
    const bytes = this.#readEntry(sha256);
    if (!bytes) return null;
    const image = parseEntry(bytes);
    if (!image) this.#remove(sha256, bytes.length);
    return image;
  }

  #readEntry(sha256: string): Buffer | null {
    let file: number;
    try {
      file = openSync(this.#path(sha256), 'r');
    } catch (cause) {
      if (isSystemError(cause, 'ENOENT')) return null;
      throw new EngineError(
        'file.unreadable',
        `the cache of decoded images cannot be read: ${this.#folder}`,
        { cause },
      );
    }
    try {
      const header = Buffer.allocUnsafe(headerBytes);
      if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return header;
      const pixelBytes = header.readUInt32LE(8) * header.readUInt32LE(12) * 3;
      if (pixelBytes > 2 ** 31) return header;
      const bytes = Buffer.allocUnsafeSlow(headerBytes + pixelBytes);
      const readBytes = readSync(file, bytes, 0, bytes.length, 0);
      return bytes.subarray(0, readBytes);
    } finally {
      closeSync(file);
    }
  }

  #remove(sha256: string, sizeBytes: number): void {
    rmSync(this.#path(sha256), { force: true });
    Atomics.sub(this.#used, 0, BigInt(sizeBytes));
  }

  /** Stores an image under its content's hash; false where the cache, or the disk, is full. */
  write(sha256: string, image: RgbImage): boolean {
    const sizeBytes = BigInt(headerBytes + image.pixels.length);
    if (Atomics.add(this.#used, 0, sizeBytes) + sizeBytes > this.#maxBytes) {
      Atomics.sub(this.#used, 0, sizeBytes);
      return false;
    }
    const folder = join(this.#folder, sha256.slice(0, 2));
    const temporary = join(folder, `${sha256}.${process.pid}.${threadId}.tmp`);
    try {
      if (!this.#madeFolders.has(folder)) mkdirSync(folder, { recursive: true });
      this.#madeFolders.add(folder);
      // No fsync: an entry that a power cut leaves half written fails its checksum and is made again.
      writeFileSync(temporary, formatEntry(image));
      renameSync(temporary, this.#path(sha256));
      return true;
    } catch (cause) {
      Atomics.sub(this.#used, 0, sizeBytes);
      rmSync(temporary, { force: true });
      if (isSystemError(cause, 'ENOSPC', 'EDQUOT', 'ENOENT')) return false;
      throw new EngineError('file.unwritable', `the cache of decoded images cannot be written: ${folder}`, {
        cause,
      });
    }
  }
}

function variantFolder(settings: PixelCacheSettings): string {
  return join(settings.folder, `pixels-v${decodeRuleVersion}-${settings.shorterSide}`);
}

function entryPath(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), `${sha256}.rgb`);
}

function formatEntry(image: RgbImage): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(decodeRuleVersion, 4);
  header.writeUInt32LE(image.width, 8);
  header.writeUInt32LE(image.height, 12);
  header.writeUInt32LE(crc32(image.pixels, crc32(header.subarray(0, 16))), 16);
  return Buffer.concat([header, image.pixels]);
}

function parseEntry(bytes: Buffer): RgbImage | null {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return null;
  const width = bytes.readUInt32LE(8);
  const height = bytes.readUInt32LE(12);
  const pixels = bytes.subarray(headerBytes);
  if (bytes.readUInt32LE(4) !== decodeRuleVersion || pixels.length !== width * height * 3) return null;
  if (crc32(pixels, crc32(bytes.subarray(0, 16))) !== bytes.readUInt32LE(16)) return null;
  return { width, height, pixels };
}

interface EntryOnDisk {
  readonly path: string;
  readonly sizeBytes: number;
  readonly madeMs: number;
}

/** All entries under the folder, of whatever decoding rules and sizes; left-over temporary files count too. */
async function listEntries(folder: string): Promise<EntryOnDisk[]> {
  const entries: EntryOnDisk[] = [];
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  for (const entry of names) {
    if (!entry.isFile() || !entryName.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const found = await stat(path).catch(() => null);
    if (found) entries.push({ path, sizeBytes: found.size, madeMs: found.mtimeMs });
  }
  return entries;
}

/** An image that is about to be used, as far as the cache must know it. */
export interface WantedImage {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

/** Deletes the oldest entries that are not wanted until `aimBytes` are left; returns the bytes then in the folder. */
async function makeRoom(
  entries: readonly EntryOnDisk[],
  wantedPaths: ReadonlySet<string>,
  aimBytes: number,
): Promise<number> {
  let total = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const disposable = entries
    .filter((entry) => !wantedPaths.has(entry.path))
    .sort((a, b) => a.madeMs - b.madeMs);
  for (const entry of disposable) {
    if (total <= aimBytes) break;
    await rm(entry.path, { force: true });
    total -= entry.sizeBytes;
  }
  return total;
}

/**
 * Opens a cache folder and measures it. Where what it holds and the wanted images together exceed `maxBytes`, the oldest
 * entries that nobody wants now are deleted.
 * @param wanted images that are about to be used
 * Throws file.unwritable.
 */
export async function openPixelCache(
  settings: PixelCacheSettings,
  wanted: readonly WantedImage[] = [],
): Promise<PixelCache> {
  const folder = variantFolder(settings);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const message = `the folder for decoded images cannot be made: ${settings.folder}`;
    throw new EngineError('file.unwritable', message, { cause, details: { path: settings.folder } });
  }
  const entries = await listEntries(settings.folder);
  const present = new Set(entries.map((entry) => entry.path));
  const wantedPaths = new Set<string>();
  let missingBytes = 0;
  for (const image of wanted) {
    const path = entryPath(folder, image.sha256);
    if (wantedPaths.has(path)) continue;
    wantedPaths.add(path);
    const { width, height } = limitedSize(image.width, image.height, settings.shorterSide);
    if (!present.has(path)) missingBytes += headerBytes + width * height * 3;
  }
  const total = await makeRoom(entries, wantedPaths, Math.max(0, settings.maxBytes - missingBytes));
  const usedBytes = new SharedArrayBuffer(8);
  new BigInt64Array(usedBytes)[0] = BigInt(total);
  return new PixelCache({ ...settings, usedBytes });
}

/** What a cache folder holds. */
export async function measurePixelCache(
  folder: string,
): Promise<{ readonly sizeBytes: number; readonly fileCount: number }> {
  const entries = await listEntries(folder);
  return {
    sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0),
    fileCount: entries.length,
  };
}

/** Deletes every entry of a cache folder, and nothing else in it. */
export async function clearPixelCache(folder: string): Promise<void> {
  for (const entry of await listEntries(folder)) await rm(entry.path, { force: true });
}
