// The file of an image that was imported, read again later: it may be gone, or be another one by now.
import { createHash } from 'node:crypto';
import type { ImageFormat } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { decodeImage } from './decodeImage.ts';
import { readPicture } from './examineFile.ts';
import type { RgbImage } from './rgbImage.ts';
import { SetAsideError } from './setAside.ts';

/** What an image is known by. */
export interface KnownFile {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
}

function explain(cause: unknown, path: string): unknown {
  if (!(cause instanceof SetAsideError)) return cause;
  const code = cause.reason === 'file.missing' ? 'file.missing' : 'file.unreadable';
  const why = code === 'file.missing' ? 'it is no longer there' : cause.message;
  return new EngineError(code, `the image ${path} cannot be read: ${why}`, { details: { path }, cause });
}

/** Runs what reads or decodes a known file, and tells what is wrong with the file by its path. */
export async function explainingFailures<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw explain(cause, path);
  }
}

/** Its bytes, if they are those that were imported. Throws file.missing, file.unreadable, file.corrupt. */
export async function readKnownFile({
  path,
  sha256,
}: KnownFile): Promise<{ readonly bytes: Buffer; readonly format: ImageFormat }> {
  const { bytes, format } = await explainingFailures(path, () => readPicture(path));
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return { bytes, format };
  const message = `the image ${path} is no longer the one that was imported; import its folder again`;
  throw new EngineError('file.corrupt', message, { details: { path } });
}

/** Its pixels, upright. Throws file.missing, file.unreadable, file.corrupt. */
export async function decodeKnownFile(file: KnownFile): Promise<RgbImage> {
  const { bytes, format } = await readKnownFile(file);
  return (await explainingFailures(file.path, () => decodeImage(bytes, format))).image;
}
