// Opens the project's SQLite file the one way it is opened everywhere. Knows no table.
import BetterSqlite, { type Database } from 'better-sqlite3';
import { EngineError, messageOf } from '../contract/errors.ts';

export type { Database } from 'better-sqlite3';

export interface DatabaseOptions {
  /** Refuses every write. */
  readonly readOnly?: boolean;
  /** How long a write waits for another process's transaction, milliseconds. */
  readonly busyMs?: number;
}

/**
 * Opens a SQLite file: write-ahead log (readers never wait for the trainer's writes), a sync at each commit (a power
 * cut loses no committed row), foreign keys on. Throws project.invalid when it is not a database.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const { readOnly = false, busyMs = 10_000 } = options;
  let database: Database | undefined;
  try {
    database = new BetterSqlite(path, { readonly: readOnly, fileMustExist: readOnly, timeout: busyMs });
    if (!readOnly) database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (cause) {
    database?.close();
    throw asProjectError(cause, path);
  }
}

/** Gives SQLite's refusals the engine's codes: disk.full, project.locked, file.unwritable, project.invalid. */
export function asProjectError(cause: unknown, path: string): EngineError {
  if (cause instanceof EngineError) return cause;
  const sqliteCode = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const details = { path, sqliteCode };
  if (sqliteCode === 'SQLITE_FULL') {
    return new EngineError('disk.full', `The disk is full; nothing was written to ${path}.`, {
      cause,
      details,
    });
  }
  if (sqliteCode.startsWith('SQLITE_BUSY')) {
    return new EngineError('project.locked', `Another program is using ${path}; please try again.`, {
      cause,
      details,
    });
  }
  if (sqliteCode.startsWith('SQLITE_READONLY')) {
    return new EngineError('file.unwritable', `${path} can only be read.`, { cause, details });
  }
  if (sqliteCode.startsWith('SQLITE_NOTADB') || sqliteCode.startsWith('SQLITE_CORRUPT')) {
    return new EngineError('project.invalid', `${path} is damaged or not a Thimble project.`, {
      cause,
      details,
    });
  }
  const why = messageOf(cause);
  return new EngineError('project.invalid', `${path} cannot be opened: ${why}`, { cause, details });
}
