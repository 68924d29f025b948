import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  expectFailureChangesNothing,
  expectStrictTables,
  insertDatasetRows,
  insertRunRows,
  insertSplitRows,
  openBench,
  type MigrationBench,
} from './migrationBench.ts';

let bench: MigrationBench;
beforeEach(() => (bench = openBench()));
afterEach(() => bench.close());

function migrateWithRun(): void {
  bench.migrateTo(4);
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  insertRunRows(bench.database);
}

test('holds runs with their metrics, events and checkpoints', () => {
  migrateWithRun();
  expectStrictTables(bench.database, [
    'runs',
    'run_tags',
    'metric_names',
    'metrics',
    'run_events',
    'checkpoints',
  ]);
});

test('a run has a known state, and a metric is a number', () => {
  migrateWithRun();
  const { database } = bench;
  expect(() => database.prepare("UPDATE runs SET state = 'asleep'").run()).toThrow('CHECK');
  expect(() => database.prepare("UPDATE runs SET asked = 'faster'").run()).toThrow('CHECK');
  const insert = database.prepare('INSERT INTO metrics (run_id, metric_id, step, value) VALUES (1, 1, 1, ?)');
  expect(() => insert.run('much')).toThrow();
  expect(() => insert.run(null)).toThrow('NOT NULL');
});

test('one checkpoint a step; a split in use cannot be deleted; a deleted run takes everything along', () => {
  migrateWithRun();
  const { database } = bench;
  const again = `INSERT INTO checkpoints (run_id, step, format, file, sha256, size_bytes, training_ms, created_at_ms)
    VALUES (1, 5, 1, 'a', 'b', 1, 1, 0)`;
  expect(() => database.prepare(again).run()).toThrow('UNIQUE');
  expect(() => database.prepare('DELETE FROM splits').run()).toThrow('FOREIGN KEY');
  database.prepare('DELETE FROM runs').run();
  for (const table of ['metrics', 'run_events', 'checkpoints']) {
    expect(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 });
  }
});

test('keeps the splits there are, and failing inside it changes nothing', () => {
  bench.migrateTo(3);
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  expectFailureChangesNothing(bench, 4);
  expect(bench.database.prepare('SELECT split FROM split_images').all()).toEqual([{ split: 'train' }]);
});
