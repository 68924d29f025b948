import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../engine/project/database.ts';
import { readSchemaVersion } from '../../../engine/project/migrate.ts';
import { ProcessLock } from '../../../engine/project/processLock.ts';
import { createProject, openProject } from '../../../engine/project/project.ts';
import { readSetting, writeSetting } from '../../../engine/project/queries/settings.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-project-'));
  folder = join(root, 'cells');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const codeOf = (code: string) => expect.objectContaining({ code });

describe('making a project', () => {
  test('makes its folders and a database that opens again, named after the folder unless told', () => {
    createProject(folder).close();
    expect(readdirSync(folder).sort()).toEqual(['cache', 'cells.thimble', 'exports', 'project.db', 'runs']);
    const project = openProject(folder);
    expect(project).toMatchObject({ folder, name: 'cells', readOnly: false });
    project.close();
    const named = createProject(join(root, 'other'), 'My cells');
    expect(named.name).toBe('My cells');
    named.close();
  });

  test('refuses a folder with a project or anything else in it', () => {
    createProject(folder).close();
    expect(() => createProject(folder)).toThrow(codeOf('project.invalid'));
    mkdirSync(join(root, 'full'));
    writeFileSync(join(root, 'full', 'thesis.txt'), 'years of work');
    expect(() => createProject(join(root, 'full'))).toThrow(codeOf('project.invalid'));
    expect(readdirSync(join(root, 'full'))).toEqual(['thesis.txt']);
  });

  test('says so where the folder cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => createProject(join(root, 'file', 'project'))).toThrow(codeOf('file.unwritable'));
  });
});

describe('opening a project', () => {
  test('refuses folders without a project, other databases and damaged ones', () => {
    expect(() => openProject(folder)).toThrow(codeOf('project.notFound'));
    expect(existsSync(folder)).toBe(false);
    mkdirSync(folder);
    const other = openDatabase(join(folder, 'project.db'));
    other.exec('CREATE TABLE recipes (id INTEGER PRIMARY KEY)');
    other.close();
    expect(() => openProject(folder)).toThrow(codeOf('project.invalid'));
    writeFileSync(join(folder, 'project.db'), 'no database at all, but long enough to be looked at as one');
    expect(() => openProject(folder)).toThrow(codeOf('project.invalid'));
  });

  test('refuses a project made by a newer Thimble, and leaves it alone', () => {
    const project = createProject(folder);
    const newest = readSchemaVersion(project.database);
    project.database.pragma(`user_version = ${newest + 1}`);
    project.close();
    const before = readFileSync(join(folder, 'project.db'));
    expect(() => openProject(folder)).toThrow(codeOf('project.newer'));
    expect(() => openProject(folder, { readOnly: true })).toThrow(codeOf('project.newer'));
    expect(readFileSync(join(folder, 'project.db'))).toEqual(before);
  });

  test('read-only, it shows everything, refuses writes and changes no file', () => {
    const project = createProject(folder);
    writeSetting(project.database, 'answer', 42);
    // Left open, so that the newest rows are still in the write-ahead log.
    const listFiles = () =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => [name, readFileSync(join(folder, name)).toString('base64')]);
    const before = listFiles();
    const shown = openProject(folder, { readOnly: true });
    expect(shown.readOnly).toBe(true);
    expect(readSetting(shown.database, 'answer')).toBe(42);
    expect(() => writeSetting(shown.database, 'answer', 1)).toThrow('readonly');
    shown.close();
    expect(listFiles()).toEqual(before);
    project.close();
  });

  // The superuser may write anywhere, so that nothing is read-only to it.
  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written opens read-only', () => {
    createProject(folder).close();
    chmodSync(join(folder, 'project.db'), 0o444);
    chmodSync(folder, 0o555);
    const project = openProject(folder);
    expect(project.readOnly).toBe(true);
    project.close();
    chmodSync(folder, 0o755);
  });

  test('a project that another process writes to opens without waiting', () => {
    createProject(folder).close();
    const other = openDatabase(join(folder, 'project.db'));
    other.exec('BEGIN IMMEDIATE');
    const startedMs = performance.now();
    const project = openProject(folder);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(project.name).toBe('cells');
    project.close();
    other.exec('ROLLBACK');
    other.close();
  });

  test('a project that was moved opens at its new place', () => {
    createProject(folder).close();
    renameSync(folder, join(root, 'moved'));
    const project = openProject(join(root, 'moved'));
    expect(project).toMatchObject({ folder: join(root, 'moved'), name: 'cells' });
    project.close();
  });

  test('foreign keys are on and commits are synced', () => {
    const { database, close } = createProject(folder);
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    close();
  });
});

describe('a process lock', () => {
  const sqlitePath = createRequire(import.meta.url).resolve('better-sqlite3');

  test('is held by one at a time and free after release', () => {
    const path = join(root, 'lock');
    expect(ProcessLock.isHeld(path)).toBe(false);
    expect(existsSync(path)).toBe(false);
    const lock = ProcessLock.acquire(path);
    expect(ProcessLock.isHeld(path)).toBe(true);
    expect(() => ProcessLock.acquire(path)).toThrow(codeOf('project.locked'));
    lock.release();
    expect(ProcessLock.isHeld(path)).toBe(false);
    ProcessLock.acquire(path).release();
  });

  test('is released when its process is killed', async () => {
    const path = join(root, 'lock');
    const script = `
      const database = new (require(${JSON.stringify(sqlitePath)}))(${JSON.stringify(path)});
      database.pragma('journal_mode = MEMORY');
      database.exec('BEGIN EXCLUSIVE');
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(ProcessLock.isHeld(path)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(ProcessLock.isHeld(path)).toBe(false);
    ProcessLock.acquire(path).release();
  });

  test('says so where its file cannot be made', () => {
    expect(() => ProcessLock.acquire(join(root, 'missing', 'lock'))).toThrow(codeOf('file.unwritable'));
  });
});
