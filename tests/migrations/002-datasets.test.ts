import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  expectFailureChangesNothing,
  expectStrictTables,
  insertDatasetRows,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

test('holds datasets, classes, images and files set aside', () => {
  bench.migrateTo(2);
  insertDatasetRows(bench.database);
  expectStrictTables(bench.database, ['datasets', 'classes', 'images', 'set_aside']);
});

test('a path is unique in its dataset, and an image belongs to a dataset that exists', () => {
  bench.migrateTo(2);
  const { database } = bench;
  insertDatasetRows(database);
  expect(() => insertDatasetRows(database)).toThrow('UNIQUE');
  const copy = `INSERT INTO images SELECT 2, :dataset, relative_path, sha256, pixel_sha256, NULL, group_name, given_split,
    format, width, height, channels, bit_depth, intensity_window, notes, difference_hash, thumbnail, size_bytes,
    modified_at_ms FROM images WHERE id = 1`;
  expect(() => database.prepare(copy).run({ dataset: 1 })).toThrow('UNIQUE');
  expect(() => database.prepare(copy).run({ dataset: 7 })).toThrow('FOREIGN KEY');
});

test('deleting a dataset takes its images and classes along', () => {
  bench.migrateTo(2);
  const { database } = bench;
  insertDatasetRows(database);
  database.prepare('DELETE FROM datasets').run();
  expect(database.prepare('SELECT count(*) AS n FROM images').get()).toEqual({ n: 0 });
  expect(database.prepare('SELECT count(*) AS n FROM classes').get()).toEqual({ n: 0 });
});

test('keeps what the project had, and failing inside it changes nothing', () => {
  bench.migrateTo(1);
  bench.database.prepare("INSERT INTO settings (name, value) VALUES ('kept', '1')").run();
  expectFailureChangesNothing(bench, 2);
  expect(bench.database.prepare('SELECT value FROM settings').get()).toEqual({ value: '1' });
});
