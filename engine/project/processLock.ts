// A lock that the operating system releases when its process dies, however it dies: an exclusive SQLite transaction
// on a file of its own. No process numbers, no heartbeats, nothing to clean up after SIGKILL or a power cut.
import BetterSqlite, { type Database } from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { EngineError } from '../contract/errors.ts';

export class ProcessLock {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Takes the lock, creating its file when needed. Throws project.locked when a living process holds it. */
  static acquire(path: string): ProcessLock {
    const lock = ProcessLock.#tryOpen(path);
    if (lock) return lock;
    throw new EngineError('project.locked', `Another process is already working on this (${path}).`, {
      details: { path },
    });
  }

  /** True when a living process holds the lock; leaves no file behind. */
  static isHeld(path: string): boolean {
    if (!existsSync(path)) return false;
    const lock = ProcessLock.#tryOpen(path);
    lock?.release();
    return lock === undefined;
  }

  static #tryOpen(path: string): ProcessLock | undefined {
    let database: Database | undefined;
    try {
      database = new BetterSqlite(path, { timeout: 0 });
      // A memory journal: otherwise the transaction would leave a journal file beside the lock.
      database.pragma('journal_mode = MEMORY');
      database.exec('BEGIN EXCLUSIVE');
      return new ProcessLock(database);
    } catch (cause) {
      database?.close();
      if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY'))
        return undefined;
      throw new EngineError('file.unwritable', `The lock ${path} cannot be taken.`, {
        cause,
        details: { path },
      });
    }
  }

  release(): void {
    this.#database.close();
  }
}
