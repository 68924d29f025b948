// Files for a person, whole or not there.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WrittenFile } from '../../contract/answers.ts';
import { EngineError } from '../../contract/errors.ts';

/** Writes beside the wanted name and renames, so that a file is whole or not there. Throws file.unwritable. */
export async function writeWhole(file: string, write: (path: string) => Promise<void>): Promise<WrittenFile> {
  const path = resolve(file);
  const temporary = `${path}.writing`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(temporary);
    await rename(temporary, path);
    return { file: path, sizeBytes: (await stat(path)).size };
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof EngineError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError('file.unwritable', `${path} could not be written: ${why}`, {
      cause,
      details: { path },
    });
  }
}

/** Writes lines of text as they come. Throws as writeWhole does. */
export function writeLines(file: string, lines: Iterable<string>): Promise<WrittenFile> {
  const ended = function* () {
    for (const line of lines) yield `${line}\n`;
  };
  return writeWhole(file, (path) => pipeline(Readable.from(ended()), createWriteStream(path)));
}
