import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  expectFailureChangesNothing,
  expectStrictTables,
  insertDatasetRows,
  insertSplitRows,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

test('an image is in one part of a split, and the part is one of three', () => {
  bench.migrateTo(3);
  const { database } = bench;
  insertDatasetRows(database);
  insertSplitRows(database);
  expectStrictTables(database, ['splits', 'split_images']);
  const insert = database.prepare('INSERT INTO split_images (split_id, image_id, split) VALUES (1, 1, ?)');
  expect(() => insert.run('test')).toThrow('UNIQUE');
  database.prepare('DELETE FROM split_images').run();
  expect(() => insert.run('holdout')).toThrow('CHECK');
  insert.run('test');
});

test('keeps the datasets there are, and failing inside it changes nothing', () => {
  bench.migrateTo(2);
  insertDatasetRows(bench.database);
  expectFailureChangesNothing(bench, 3);
  expect(bench.database.prepare('SELECT name FROM datasets').all()).toEqual([{ name: 'cells' }]);
});
