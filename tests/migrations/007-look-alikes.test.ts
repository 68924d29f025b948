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

test('keeps look-alikes as long as their dataset', () => {
  bench.migrateTo(7);
  const { database } = bench;
  const tables = ['look_alike_searches', 'identical_images', 'alike_images'];
  expectStrictTables(database, tables);
  insertDatasetRows(database);
  database.exec(`
    INSERT INTO look_alike_searches (dataset_id, rule, found_at_ms) VALUES (1, 1, 0);
    INSERT INTO identical_images (dataset_id, image_id, first_id) VALUES (1, 1, 1), (1, 2, 1);
    INSERT INTO alike_images (dataset_id, first_id, second_id, hash_distance, correlation) VALUES (1, 1, 3, 4, 0.99);
  `);
  expect(() =>
    database.exec(
      'INSERT INTO alike_images (dataset_id, first_id, second_id, hash_distance, correlation) VALUES (1, 3, 1, 4, 0.99)',
    ),
  ).toThrow('CHECK');
  database.exec('DELETE FROM datasets');
  for (const table of tables) expect(database.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
});

test('lets traits of all images be read without their rows', () => {
  bench.migrateTo(7);
  const plan = bench.database
    .prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN SELECT id, class_id, group_name, given_split, sha256 FROM images INDEXED BY images_by_trait
       WHERE dataset_id = 1 ORDER BY id`,
    )
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH images USING COVERING INDEX images_by_trait (dataset_id=?)',
  ]);
});

test('keeps the images there are, and failing inside it changes nothing', () => {
  bench.migrateTo(6);
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  const before = bench.database.prepare('SELECT * FROM images').all();
  expectFailureChangesNothing(bench, 7);
  expect(bench.database.prepare('SELECT * FROM images').all()).toEqual(before);
});
