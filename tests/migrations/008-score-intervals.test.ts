import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  expectFailureChangesNothing,
  insertDatasetRows,
  insertRunRows,
  insertSplitRows,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

function insertProbeRow(numbers: string): void {
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  insertRunRows(bench.database);
  bench.database
    .prepare(
      `INSERT INTO probes (run_id, split_id, kind, step, probe, features, scored, protocol, seed, n, top1,
         balanced_accuracy, numbers, created_at_ms)
       VALUES (1, 1, 'pretrained', 1, 'ridge', 'mean', 'test', 'clean', 1, 10, 0.5, 0.5, ?, 0)`,
    )
    .run(numbers);
}

test('takes the interval of each probe out of its numbers', () => {
  bench.migrateTo(7);
  insertProbeRow('{"ci95": [0.25, 0.75], "confusion": [[1]]}');
  bench.migrateTo(8);
  const row = bench.database.prepare('SELECT ci_low, ci_high FROM probes').get();
  expect(row).toEqual({ ci_low: 0.25, ci_high: 0.75 });
});

test('failing inside it changes nothing', () => {
  bench.migrateTo(7);
  insertProbeRow('{"ci95": [0, 1]}');
  expectFailureChangesNothing(bench, 8);
});
