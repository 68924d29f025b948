// A project: a folder with project.db, runs/, cache/ and exports/. Movable as a whole: no absolute path of the folder
// itself is stored anywhere in it.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { asProjectError, openDatabase, type Database } from './database.ts';
import { applicationId, migrate, readSchemaVersion } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { readSetting, writeSetting } from './queries/settings.ts';

export interface Project {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly database: Database;
  /** Which file its database is, whatever else may come to have its name. */
  readonly fileMark: string | null;
  close(): void;
}

export interface OpenOptions {
  /** Opens without writing anything into the folder; implied when the folder cannot be written. */
  readonly readOnly?: boolean;
}

export const databaseName = 'project.db';
const nameSetting = 'project.name';
const openerText =
  'Opening this file with Thimble opens the project in its folder. What it says is not read.\n';

/**
 * Makes a project in a folder that does not exist yet or is empty.
 * Throws project.invalid when something is there already, file.unwritable when the folder cannot be made.
 */
export function createProject(folder: string, name = basename(resolve(folder))): Project {
  const root = resolve(folder);
  if (existsSync(join(root, databaseName))) {
    throw new EngineError('project.invalid', `${root} already holds a project.`, {
      details: { folder: root },
    });
  }
  try {
    mkdirSync(root, { recursive: true });
  } catch (cause) {
    throw new EngineError('file.unwritable', `The folder ${root} cannot be made.`, {
      cause,
      details: { folder: root },
    });
  }
  if (readdirSync(root).length > 0) {
    throw new EngineError(
      'project.invalid',
      `${root} is not empty; please choose a new folder for the project.`,
      {
        details: { folder: root },
      },
    );
  }
  const database = openDatabase(join(root, databaseName));
  try {
    migrate(database, migrations);
    writeSetting(database, nameSetting, name);
  } catch (cause) {
    database.close();
    throw asProjectError(cause, root);
  }
  makeOpener(root);
  makeFolders(root);
  return describe(root, database, { readOnly: false, close: () => database.close() });
}

/** A file that a person can open from a file manager, for no system opens a folder with a program. */
function makeOpener(root: string): void {
  try {
    writeFileSync(join(root, `${basename(root)}.thimble`), openerText);
  } catch {
    // A name too long, or a disk that filled up meanwhile: the project is as good without it.
  }
}

/**
 * Opens a project, bringing its schema up to date unless it is read-only.
 * Throws project.notFound, project.invalid (not a project), project.newer (made by a newer Thimble).
 */
export function openProject(folder: string, options: OpenOptions = {}): Project {
  const root = resolve(folder);
  const path = join(root, databaseName);
  if (!existsSync(path)) {
    throw new EngineError('project.notFound', `There is no project in ${root} (no ${databaseName}).`, {
      details: { folder: root },
    });
  }
  const readOnly = options.readOnly === true || !isWritable(root) || !isWritable(path);
  const opened = readOnly ? openCopy(path) : { database: openDatabase(path), close: () => {} };
  const { database } = opened;
  const close = () => {
    database.close();
    opened.close();
  };
  try {
    assertProject(database, root);
    if (readOnly) assertCurrent(database, root);
    else migrate(database, migrations);
    if (!readOnly) makeFolders(root);
    return describe(root, database, { readOnly, close });
  } catch (cause) {
    close();
    throw asProjectError(cause, path);
  }
}

function describe(folder: string, database: Database, rest: Pick<Project, 'readOnly' | 'close'>): Project {
  // Read each time: another process, or this one, may rename the project while it is open.
  return {
    folder,
    database,
    fileMark: readFileMark(folder),
    ...rest,
    get name() {
      return readName(database, folder);
    },
  };
}

function readFileMark(folder: string): string | null {
  const found = statSync(join(folder, databaseName), { throwIfNoEntry: false, bigint: true });
  return found ? `${found.dev}-${found.ino}` : null;
}

/** False once the folder of an open project was removed, moved, or replaced by another project. */
export function isStillThere({ folder, fileMark }: Project): boolean {
  return fileMark !== null && readFileMark(folder) === fileMark;
}

/** What people call a project; its folder's name where it was never given one. */
export function readName(database: Database, folder: string): string {
  return readSetting<string>(database, nameSetting) ?? basename(folder);
}

/** Throws file.unwritable for a project that can only be read. */
export function renameProject(project: Project, name: string): void {
  try {
    writeSetting(project.database, nameSetting, name);
  } catch (cause) {
    throw asProjectError(cause, project.folder);
  }
}

/** The folder of a run's files. */
export function runFolder(project: Pick<Project, 'folder'>, runId: number): string {
  return join(project.folder, 'runs', String(runId));
}

function makeFolders(root: string): void {
  for (const name of ['runs', 'cache', 'exports']) mkdirSync(join(root, name), { recursive: true });
}

export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false; // The answer itself: no permission, or a read-only volume.
  }
}

/** SQLite cannot read a write-ahead log where it may not write beside it, so a read-only project is read from a copy. */
export function openCopy(path: string): { database: Database; close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-read-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const suffix of ['', '-wal']) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, join(folder, databaseName + suffix));
    }
    const database = openDatabase(join(folder, databaseName));
    database.pragma('query_only = ON');
    return { database, close: remove };
  } catch (cause) {
    remove();
    throw cause;
  }
}

function assertProject(database: Database, root: string): void {
  if (Number(database.pragma('application_id', { simple: true })) === applicationId) return;
  throw new EngineError('project.invalid', `${root} holds a SQLite file that is not a Thimble project.`, {
    details: { folder: root },
  });
}

function assertCurrent(database: Database, root: string): void {
  const found = readSchemaVersion(database);
  if (found > migrations.length) migrate(database, migrations);
  if (found === migrations.length) return;
  throw new EngineError(
    'file.unwritable',
    `${root} was made by an older Thimble and is read-only, so it cannot be brought up to date.`,
    { details: { folder: root, found, newest: migrations.length } },
  );
}
