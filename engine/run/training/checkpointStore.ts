// The checkpoints of one run: files and rows together. A row is written after its file and removed before it, so that
// at every moment each row's file is whole; files without a row are leftovers.
import { mkdirSync, readdirSync } from 'node:fs';
import * as nodeFiles from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import type { CheckpointInfo } from '../../contract/run.ts';
import {
  checkpointFormat,
  isCheckpointFile,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointFiles,
} from '../../project/checkpointFile.ts';
import type { Database } from '../../project/database.ts';
import { deleteCheckpoint, insertCheckpoint, listCheckpoints } from '../../project/queries/checkpoints.ts';

/** Checkpoints that a run keeps: the last, and the one before in case the last proves damaged. */
export const keptCheckpoints = 2;

export interface FoundCheckpoint extends Checkpoint {
  readonly trainingMs: number;
}

/** What was found on the way to a sound checkpoint. */
export interface NewestSound {
  /** Null where there is none: the run starts from its seed. */
  readonly checkpoint: FoundCheckpoint | null;
  readonly damaged: readonly CheckpointInfo[];
}

export class CheckpointStore {
  readonly #database: Database;
  readonly #runId: number;
  readonly #folder: string;
  readonly #files: CheckpointFiles;

  /** @param folder the run's; made when missing. @param files a test passes file functions that fail. */
  constructor(database: Database, runId: number, folder: string, files: CheckpointFiles = nodeFiles) {
    this.#database = database;
    this.#runId = runId;
    this.#folder = folder;
    this.#files = files;
    mkdirSync(folder, { recursive: true });
  }

  /**
   * Writes a checkpoint, then forgets all but the last two. Throws disk.full, file.unwritable, checkpoint.corrupt; those
   * that were there before are then untouched.
   */
  save(checkpoint: Checkpoint, trainingMs: number): void {
    // The same step has the same state: a sound one is not risked by writing it again.
    if (this.#hasSound(checkpoint.step)) return;
    this.#forget((found) => found.step === checkpoint.step);
    const written = writeCheckpoint(this.#folder, checkpoint, this.#files);
    const { step } = checkpoint;
    insertCheckpoint(this.#database, {
      runId: this.#runId,
      step,
      format: checkpointFormat,
      ...written,
      trainingMs,
    });
    const kept = new Set(
      this.list()
        .slice(0, keptCheckpoints)
        .map((each) => each.id),
    );
    this.#forget((found) => !kept.has(found.id));
  }

  #hasSound(step: number): boolean {
    const found = this.list().find((each) => each.step === step);
    return found !== undefined && this.#read(found) !== null;
  }

  /** Newest first. */
  list(): CheckpointInfo[] {
    return listCheckpoints(this.#database, this.#runId);
  }

  /** The newest checkpoint that is whole. Damaged ones before it are named, and left for `discard`. */
  readNewestSound(): NewestSound {
    const damaged: CheckpointInfo[] = [];
    for (const info of this.list()) {
      const checkpoint = this.#read(info);
      if (checkpoint) return { checkpoint: { ...checkpoint, trainingMs: info.trainingMs }, damaged };
      damaged.push(info);
    }
    return { checkpoint: null, damaged };
  }

  /** The checkpoint, or null where it is damaged. */
  #read(info: CheckpointInfo): Checkpoint | null {
    try {
      return readCheckpoint(this.#folder, info, this.#files);
    } catch (cause) {
      if (isCorrupt(cause)) return null;
      throw cause;
    }
  }

  /** Forgets checkpoints. */
  discard(checkpoints: readonly CheckpointInfo[]): void {
    const ids = new Set(checkpoints.map((each) => each.id));
    this.#forget((found) => ids.has(found.id));
  }

  /** Removes files that a killed process left behind. Only the process that holds the run's lock may do that. */
  removeLeftovers(): void {
    const known = new Set(this.list().map((each) => each.file));
    for (const name of readdirSync(this.#folder)) {
      if (isCheckpointFile(name) && !known.has(name)) this.#removeFile(name);
    }
  }

  #forget(isUnwanted: (checkpoint: CheckpointInfo) => boolean): void {
    for (const info of this.list().filter(isUnwanted)) {
      deleteCheckpoint(this.#database, info.id);
      this.#removeFile(info.file);
    }
  }

  #removeFile(name: string): void {
    try {
      this.#files.rmSync(join(this.#folder, name), { force: true });
    } catch {
      // Held open by another program, perhaps: without its row it is a leftover, removed at the next start.
    }
  }
}

function isCorrupt(cause: unknown): boolean {
  return (
    cause instanceof EngineError && (cause.code === 'checkpoint.corrupt' || cause.code === 'file.corrupt')
  );
}
