// Everything an import does with one file: sniff, hash, decode, measure, cache. Returns a verdict, never throws for what
// is wrong with the file.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type {
  ImageFormat,
  ImageNote,
  ImageRecord,
  SetAsideFile,
  SetAsideReason,
} from '../contract/dataset.ts';
import {
  detectContentKind,
  extensionOf,
  isImageExtension,
  isUsualExtension,
  sniffBytes,
} from './contentKind.ts';
import { countClaimedPixels, decodeImage, shrinkImage } from './decodeImage.ts';
import { computeFingerprint } from './fingerprint.ts';
import { largePixels, takeTurn, type LargeImageTurn } from './largeImageTurn.ts';
import type { PixelCache } from './pixelCache.ts';
import { limitedSize, type RgbImage } from './rgbImage.ts';
import { describeSetAside, maxFileBytes, SetAsideError, type SetAsideFacts } from './setAside.ts';

/** What an image is by itself, before anyone says its class, group or split. */
export type MeasuredImage = Omit<ImageRecord, 'label' | 'group' | 'givenSplit'>;

export type FileVerdict =
  | { readonly kind: 'accepted'; readonly image: MeasuredImage }
  | { readonly kind: 'setAside'; readonly file: SetAsideFile };

/** A set-aside entry with its sentence. */
export function setAside(
  relativePath: string,
  reason: SetAsideReason,
  known: { sizeBytes?: number | null; sha256?: string | null; facts?: SetAsideFacts; message?: string } = {},
): SetAsideFile {
  const message = known.message ?? describeSetAside(reason, known.facts);
  return { relativePath, reason, message, sizeBytes: known.sizeBytes ?? null, sha256: known.sha256 ?? null };
}

/** SHA-256 of a picture's size and pixels, in hexadecimal digits. */
export function hashPixels(image: RgbImage): string {
  const size = Buffer.alloc(8);
  size.writeUInt32LE(image.width, 0);
  size.writeUInt32LE(image.height, 4);
  return createHash('sha256').update(size).update(image.pixels).digest('hex');
}

/** Which system error it was, in a few words. */
function explainSystemError(error: unknown): SetAsideFacts {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    EIO: 'the disk reports an error',
    ENAMETOOLONG: 'its path is too long',
  };
  return { detail: words[code] ?? code };
}

/** Fills a buffer from a position, with as many reads as it takes; shorter where the file ends. */
async function readFully(handle: FileHandle, position: number, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await handle.read(buffer, filled, sizeBytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The format, if the first bytes promise a picture; else throws the reason why not. */
function assertImageContent(head: Buffer, extension: string): ImageFormat {
  const found = detectContentKind(head, extension);
  const isMeant = isImageExtension(extension);
  switch (found.kind) {
    case 'image':
      return found.format;
    case 'unsupported':
      if (!isMeant && found.formatName === 'PDF') throw new SetAsideError('ignored.notImage');
      throw new SetAsideError('content.unsupportedFormat', { formatName: found.formatName });
    case 'refused':
      throw new SetAsideError(isMeant ? found.reason : 'ignored.notImage');
    case 'unknown':
      throw new SetAsideError(isMeant ? 'content.notImage' : 'ignored.notImage');
  }
}

interface ReadFile {
  readonly bytes: Buffer;
  readonly format: ImageFormat;
  readonly modifiedMs: number;
}

async function readImageFile(path: Buffer | string, extension: string): Promise<ReadFile> {
  const handle = await open(path, 'r');
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new SetAsideError('file.special');
    if (stats.size === 0)
      throw new SetAsideError(isImageExtension(extension) ? 'file.empty' : 'ignored.notImage');
    const head = await readFully(handle, 0, Math.min(sniffBytes, stats.size));
    const format = assertImageContent(head, extension);
    if (stats.size > maxFileBytes) throw new SetAsideError('file.tooLarge');
    const rest = await readFully(handle, head.length, stats.size - head.length);
    return { bytes: Buffer.concat([head, rest]), format, modifiedMs: Math.round(stats.mtimeMs) };
  } finally {
    await handle.close();
  }
}

/** Reads the file of a picture whose pixels are needed again. Throws SetAsideError. */
export async function readPicture(
  path: string,
): Promise<{ readonly bytes: Buffer; readonly format: ImageFormat }> {
  try {
    return await readImageFile(path, extensionOf(path));
  } catch (error) {
    if (error instanceof SetAsideError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new SetAsideError(isMissing ? 'file.missing' : 'file.unreadable', explainSystemError(error));
  }
}

/** Stores the image, made smaller, unless the cache has it already. */
export async function cacheImage(cache: PixelCache, sha256: string, image: RgbImage): Promise<RgbImage> {
  const size = limitedSize(image.width, image.height, cache.shorterSide);
  const small = await shrinkImage(image, size);
  if (!cache.has(sha256)) cache.write(sha256, small);
  return small;
}

/** What was read of a file before its picture was decoded. */
interface HashedFile extends ReadFile {
  readonly relativePath: string;
  readonly sha256: string;
}

/** Decodes, measures and caches. Throws SetAsideError. */
async function measureImage(file: HashedFile, cache: PixelCache | null): Promise<MeasuredImage> {
  const { bytes, format, relativePath, sha256, modifiedMs } = file;
  const { image, bitDepth, channels, window, notes } = await decodeImage(bytes, format);
  if (cache) await cacheImage(cache, sha256, image);
  const isUsual = isUsualExtension(format, extensionOf(relativePath));
  const nameNote: readonly ImageNote[] = isUsual ? [] : ['wrongExtension'];
  return {
    relativePath,
    sizeBytes: bytes.length,
    modifiedMs,
    sha256,
    pixelSha256: hashPixels(image),
    format,
    width: image.width,
    height: image.height,
    bitDepth,
    channels,
    window,
    notes: [...nameNote, ...notes],
    fingerprint: computeFingerprint(image),
  };
}

/**
 * Examines one file.
 * @param path where it is; bytes, so that any name can be opened
 * @param relativePath what it is called in the dataset
 * @param cache where the decoded pixels go, or null
 * @param turn shared by all who examine files at the same time
 */
export async function examineFile(
  path: Buffer | string,
  relativePath: string,
  cache: PixelCache | null,
  turn: LargeImageTurn,
): Promise<FileVerdict> {
  let known: { sizeBytes?: number; sha256?: string } = {};
  try {
    const file = await readImageFile(path, extensionOf(relativePath));
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    known = { sizeBytes: file.bytes.length, sha256 };
    const measure = () => measureImage({ ...file, relativePath, sha256 }, cache);
    const isLarge = (await countClaimedPixels(file.bytes, file.format)) > largePixels;
    return { kind: 'accepted', image: await (isLarge ? takeTurn(turn, measure) : measure()) };
  } catch (error) {
    if (error instanceof SetAsideError) {
      const { reason, message } = error;
      return { kind: 'setAside', file: setAside(relativePath, reason, { ...known, message }) };
    }
    const isMemory = error instanceof RangeError;
    const reason = isMemory ? 'size.outOfMemory' : 'file.unreadable';
    return {
      kind: 'setAside',
      file: setAside(relativePath, reason, { ...known, facts: explainSystemError(error) }),
    };
  }
}
