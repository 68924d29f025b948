import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  expectFailureChangesNothing,
  insertDatasetRows,
  insertSplitRows,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

test('lets pages of images be found without their rows', () => {
  bench.migrateTo(6);
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  const explain = (sql: string) =>
    bench.database
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail);
  expect(
    explain(
      "SELECT id FROM images WHERE dataset_id = 1 AND relative_path LIKE '%x%' AND notes <> '[]' ORDER BY id",
    ),
  ).toEqual(['SEARCH images USING COVERING INDEX images_by_page (dataset_id=?)']);
  expect(
    explain("SELECT image_id FROM split_images WHERE split_id = 1 AND split = 'test' ORDER BY image_id"),
  ).toEqual(['SEARCH split_images USING COVERING INDEX split_images_by_part (split_id=? AND split=?)']);
});

test('keeps the images there are, and failing inside it changes nothing', () => {
  bench.migrateTo(5);
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  const before = bench.database.prepare('SELECT * FROM images').all();
  expectFailureChangesNothing(bench, 6);
  expect(bench.database.prepare('SELECT * FROM images').all()).toEqual(before);
});
