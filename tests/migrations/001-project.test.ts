import { afterEach, beforeEach, expect, test } from 'vitest';
import { applicationId, readSchemaVersion } from '../../engine/project/migrate.ts';
import {
  expectFailureChangesNothing,
  expectStrictTables,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

test('an empty database becomes a project with a record of its migration', () => {
  bench.migrateTo(1);
  const { database } = bench;
  expect(readSchemaVersion(database)).toBe(1);
  expect(database.pragma('application_id', { simple: true })).toBe(applicationId);
  expect(database.prepare('SELECT number, title FROM migrations').all()).toEqual([
    { number: 1, title: 'migrations and settings' },
  ]);
  expectStrictTables(database, ['migrations', 'settings']);
});

test('a setting must be JSON', () => {
  bench.migrateTo(1);
  const insert = bench.database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)');
  insert.run('a', '{"b":1}');
  expect(() => insert.run('c', 'not json')).toThrow('CHECK');
});

test('failing inside it leaves the database empty', () => {
  expectFailureChangesNothing(bench, 1);
});
