// One checkpoint as one safetensors file. Written so that a crash at any moment leaves either no file of that name or a
// whole one, and read so that damage is noticed. Which checkpoints a run has is the database's knowledge, not this
// file's.
import { createHash } from 'node:crypto';
import * as nodeFiles from 'node:fs';
import { join } from 'node:path';
import { EngineError, messageOf } from '../contract/errors.ts';
import { decodeSafetensors, encodeSafetensorsHeader, viewBytes, type NamedArray } from './safetensors.ts';

/** Bump when the meaning of the tensors or metadata changes; older formats are mapped on reading. */
export const checkpointFormat = 1;

/** The file system functions used here; a test passes ones that fail. */
export type CheckpointFiles = Pick<
  typeof nodeFiles,
  'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'readSync' | 'renameSync' | 'rmSync' | 'readFileSync'
>;

export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly tensors: Readonly<Record<string, NamedArray>>;
}

export interface WrittenCheckpoint {
  /** File name inside the folder. */
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const temporarySuffix = '.writing';
const readBufferBytes = 1 << 20;

/** Name of the checkpoint of a step; sorts by step. */
export function checkpointFileName(step: number): string {
  return `checkpoint-${String(step).padStart(9, '0')}.safetensors`;
}

/** True for files this module writes, finished or not. */
export function isCheckpointFile(name: string): boolean {
  return /^checkpoint-\d{9}\.safetensors(\.writing)?$/.test(name);
}

/**
 * Writes a checkpoint: temporary name, fsync, rename, fsync of the folder, then reads it back and compares the hash.
 * On failure the temporary file is removed and older checkpoints are untouched.
 * Throws disk.full, file.unwritable, checkpoint.corrupt (what was read back differs from what was written).
 */
export function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  files: CheckpointFiles = nodeFiles,
): WrittenCheckpoint {
  const file = checkpointFileName(checkpoint.step);
  const path = join(folder, file);
  const temporary = path + temporarySuffix;
  try {
    const written = writeTemporary(temporary, checkpoint, files);
    files.renameSync(temporary, path);
    syncFolder(folder, files);
    const found = hashFile(path, files);
    if (found !== written.sha256) {
      files.rmSync(path, { force: true });
      throw new EngineError('checkpoint.corrupt', `${path} reads back differently from what was written.`, {
        details: { path },
      });
    }
    return { file, ...written };
  } catch (cause) {
    removeQuietly(temporary, files);
    throw asWriteError(cause, path);
  }
}

function writeTemporary(
  path: string,
  checkpoint: Checkpoint,
  files: CheckpointFiles,
): { sha256: string; sizeBytes: number } {
  const metadata = { format: String(checkpointFormat), step: String(checkpoint.step) };
  const header = encodeSafetensorsHeader({ metadata, tensors: checkpoint.tensors });
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const descriptor = files.openSync(path, 'w');
  try {
    const write = (bytes: Uint8Array) => {
      hash.update(bytes);
      sizeBytes += bytes.length;
      for (let done = 0; done < bytes.length;) done += files.writeSync(descriptor, bytes, done);
    };
    write(header.bytes);
    for (const name of header.names) write(viewBytes(checkpoint.tensors[name]!.data));
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** Makes the rename durable. Windows cannot open a folder; NTFS journals the rename itself. */
function syncFolder(folder: string, files: CheckpointFiles): void {
  if (process.platform === 'win32') return;
  const descriptor = files.openSync(folder, 'r');
  try {
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

function hashFile(path: string, files: CheckpointFiles): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(readBufferBytes);
  const descriptor = files.openSync(path, 'r');
  try {
    for (;;) {
      const count = files.readSync(descriptor, buffer, 0, buffer.length, null);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
    }
  } finally {
    files.closeSync(descriptor);
  }
}

function removeQuietly(path: string, files: CheckpointFiles): void {
  try {
    files.rmSync(path, { force: true });
  } catch {
    // The write's own error is the one to report; a leftover temporary file is removed at the next start.
  }
}

function asWriteError(cause: unknown, path: string): EngineError {
  if (cause instanceof EngineError) return cause;
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const details = { path, systemCode };
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
    return new EngineError('disk.full', `The disk is full: ${path} could not be written.`, {
      cause,
      details,
    });
  }
  const why = messageOf(cause);
  return new EngineError('file.unwritable', `${path} could not be written: ${why}`, { cause, details });
}

/** Reads a checkpoint and checks it against its recorded hash. Throws checkpoint.corrupt. */
export function readCheckpoint(
  folder: string,
  expected: { readonly file: string; readonly sha256: string },
  files: CheckpointFiles = nodeFiles,
): Checkpoint {
  const path = join(folder, expected.file);
  const corrupt = (why: string, cause?: unknown) =>
    new EngineError('checkpoint.corrupt', `The checkpoint ${path} ${why}.`, { cause, details: { path } });
  let bytes: Uint8Array;
  try {
    bytes = files.readFileSync(path);
  } catch (cause) {
    throw corrupt('cannot be read', cause);
  }
  if (createHash('sha256').update(bytes).digest('hex') !== expected.sha256) throw corrupt('is damaged');
  const { metadata, tensors } = decodeSafetensors(bytes, path);
  const format = Number(metadata.format);
  if (format !== checkpointFormat) throw corrupt(`has the unknown format ${metadata.format}`);
  return { step: Number(metadata.step), tensors };
}
