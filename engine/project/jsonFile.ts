// One small JSON file that must never stop the app: written whole or not at all, and set aside where it is damaged.
// Knows nothing of what it holds.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from '../contract/errors.ts';

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What stopped the write is the error to report.
  }
}

/** What a file may hold. */
export interface JsonContent<T> {
  /** The content as it is used, or null where the value cannot be it. */
  readonly parse: (value: unknown) => T | null;
  /** What counts where there is no file, or none that can be used. */
  readonly makeDefault: () => T;
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : '';

export class JsonFile<T> {
  readonly path: string;
  readonly #content: JsonContent<T>;

  constructor(path: string, content: JsonContent<T>) {
    this.path = path;
    this.#content = content;
  }

  /** The content; the default where the file is missing, unreadable or damaged. A damaged file is renamed, not deleted. */
  read(): T {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return this.#content.makeDefault();
    }
    const content = this.#parse(text);
    if (content !== null) return content;
    this.#setAside();
    return this.#content.makeDefault();
  }

  #assertReadable(): void {
    try {
      closeSync(openSync(this.path, 'r'));
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return;
      throw new EngineError('file.unreadable', `${this.path} cannot be read.`, {
        cause,
        details: { path: this.path },
      });
    }
  }

  #parse(text: string): T | null {
    try {
      return this.#content.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  #setAside(): void {
    try {
      renameSync(this.path, `${this.path}.damaged-${Date.now()}`);
    } catch {
      // Where it cannot even be renamed it stays; the next write replaces it.
    }
  }

  /** Temporary name, sync, rename. Throws disk.full, file.unwritable. */
  write(content: T): void {
    const temporary = `${this.path}.${process.pid}.writing`;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      const file = openSync(temporary, 'w');
      try {
        writeSync(file, `${JSON.stringify(content, null, 2)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.path);
    } catch (cause) {
      removeQuietly(temporary);
      const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause));
      throw new EngineError(
        isFull ? 'disk.full' : 'file.unwritable',
        `${this.path} cannot be written${isFull ? ': the disk is full' : ''}.`,
        { cause, details: { path: this.path } },
      );
    }
  }

  /**
   * Reads, changes, writes; returns what was written. Throws as write does, and file.unreadable where the file is there but
   * cannot be read just now: writing would replace what it holds by the default.
   */
  update(change: (content: T) => T): T {
    this.#assertReadable();
    const changed = change(this.read());
    this.write(changed);
    return changed;
  }
}
