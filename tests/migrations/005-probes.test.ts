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

function insertBefore(): void {
  insertDatasetRows(bench.database);
  insertSplitRows(bench.database);
  insertRunRows(bench.database);
}

const insertProbe = `INSERT INTO probes (id, run_id, split_id, kind, encoder, step, probe, features, scored, protocol, seed,
  n, top1, balanced_accuracy, numbers, created_at_ms)
  VALUES (1, 1, 1, :kind, 'target', 5, 'ridge', 'mean', 'test', 'clean', 1, 1, 1.0, 1.0, '{}', 0)`;

test('holds probes with a prediction for each image, which go with their run', () => {
  bench.migrateTo(5);
  insertBefore();
  const { database } = bench;
  expectStrictTables(database, ['ladders', 'probes', 'predictions']);
  expect(() => database.prepare(insertProbe).run({ kind: 'guessed' })).toThrow('CHECK');
  database.prepare(insertProbe).run({ kind: 'pretrained' });
  const predict = database.prepare(
    'INSERT INTO predictions (probe_id, image_id, true_class, predicted_class) VALUES (1, ?, 0, 0)',
  );
  predict.run(1);
  expect(() => predict.run(1)).toThrow('UNIQUE');
  expect(() => predict.run(2)).toThrow('FOREIGN KEY');
  database.prepare('DELETE FROM runs').run();
  expect(database.prepare('SELECT count(*) AS n FROM predictions').get()).toEqual({ n: 0 });
});

test('keeps the runs there are, and failing inside it changes nothing', () => {
  bench.migrateTo(4);
  insertBefore();
  expectFailureChangesNothing(bench, 5);
  expect(bench.database.prepare('SELECT value FROM metrics').all()).toEqual([{ value: 0.5 }]);
});
