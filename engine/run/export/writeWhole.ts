// Files for a person, whole or not there. What is there already is replaced only with the person's word.
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WrittenFile } from '../../contract/answers.ts';
import { EngineError, messageOf } from '../../contract/errors.ts';

/** A file that shall be written. */
export interface WantedFile {
  readonly file: string;
  /** Files that may be replaced. */
  readonly mayReplace: readonly string[] | undefined;
}

/**
 * For before the work: is it one of these kinds, and free? Throws request.invalid for another ending, file.exists where
 * something is there that may not be replaced.
 */
export function assertWritable({ file, mayReplace }: WantedFile, extensions: readonly string[]): void {
  if (!extensions.includes(extname(file).toLowerCase())) {
    throw new EngineError('request.invalid', `this is written as ${extensions.join(' or ')}; got ${file}`, {
      details: { file, extensions },
    });
  }
  assertFree({ file, mayReplace });
}

function assertFree({ file, mayReplace = [] }: WantedFile): void {
  const path = resolve(file);
  if (!existsSync(path) || mayReplace.some((allowed) => resolve(allowed) === path)) return;
  throw new EngineError('file.exists', `${path} is there already; it was left as it is.`, {
    details: { path },
  });
}

/**
 * Writes beside the wanted name and renames, so that a file is whole or not there. Throws file.exists, disk.full,
 * file.unwritable.
 */
export async function writeWhole(
  wanted: WantedFile,
  write: (path: string) => Promise<void>,
): Promise<WrittenFile> {
  const path = resolve(wanted.file);
  const temporary = `${path}.${process.pid}.writing`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(temporary);
    // Asked again: the work before may have taken minutes.
    assertFree(wanted);
    await rename(temporary, path);
    return { file: path, sizeBytes: (await stat(path)).size };
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause instanceof EngineError ? cause : describeFailure(path, cause);
  }
}

function describeFailure(path: string, cause: unknown): EngineError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const why = messageOf(cause);
  const message = `${path} could not be written: ${isFull ? 'the disk is full' : why}`;
  return new EngineError(isFull ? 'disk.full' : 'file.unwritable', message, { cause, details: { path } });
}

/** Writes lines of text as they come. Throws as writeWhole does. */
export function writeLines(wanted: WantedFile, lines: Iterable<string>): Promise<WrittenFile> {
  const ended = function* () {
    for (const line of lines) yield `${line}\n`;
  };
  return writeWhole(wanted, (path) => pipeline(Readable.from(ended()), createWriteStream(path)));
}
