// A brief look into a project that nobody has opened here: nothing is migrated, no lock outlasts the look, no file changes.
import BetterSqlite, { type Database } from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { asProjectError } from './database.ts';
import { applicationId, migrate, readSchemaVersion } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { databaseName, isWritable, openCopy, readName, type Project } from './project.ts';

/** What a look sees of a project. */
export type ProjectLook = Pick<Project, 'folder' | 'name' | 'readOnly' | 'database'>;

/**
 * SQLite leaves an empty log beside a database that was only opened for reading, but removes it after itself where it
 * might have written. So a project that was closed properly is opened for writing, and writes are refused.
 */
function openBriefly(path: string): Database {
  const readonly = existsSync(`${path}-wal`);
  const database = new BetterSqlite(path, { readonly, fileMustExist: true, timeout: 1_000 });
  database.pragma('query_only = ON');
  return database;
}

/**
 * Reads from a project's database and closes it again. An older schema is read as it is.
 * Throws project.notFound, project.invalid, project.newer, and what `read` throws.
 */
export function peekProject<T>(folder: string, read: (look: ProjectLook) => T): T {
  const root = resolve(folder);
  const path = join(root, databaseName);
  if (!existsSync(path)) {
    throw new EngineError('project.notFound', `There is no project in ${root} (no ${databaseName}).`, {
      details: { folder: root },
    });
  }
  const readOnly = !isWritable(root) || !isWritable(path);
  let close = () => {};
  try {
    const opened = readOnly ? openCopy(path) : { database: openBriefly(path), close };
    const { database } = opened;
    close = () => {
      database.close();
      opened.close();
    };
    if (Number(database.pragma('application_id', { simple: true })) !== applicationId) {
      throw new EngineError('project.invalid', `${root} holds a SQLite file that is not a Thimble project.`, {
        details: { folder: root },
      });
    }
    // Refuses a newer schema, and would only write for an older one.
    if (readSchemaVersion(database) > migrations.length) migrate(database, migrations);
    return read({ folder: root, name: readName(database, root), readOnly, database });
  } catch (cause) {
    throw asProjectError(cause, path);
  } finally {
    close();
  }
}
