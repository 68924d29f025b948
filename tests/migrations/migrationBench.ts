// A database as the migrations before the one under test made it, and proof that a failing migration changes nothing.
import { expect } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../engine/project/database.ts';
import { migrate, readSchemaVersion } from '../../engine/project/migrate.ts';
import { migrations } from '../../engine/project/migrations/all.ts';
import type { Migration } from '../../engine/project/migrations/migration.ts';

export interface MigrationBench {
  readonly database: Database;
  /** Applies the migrations up to and including a number. */
  migrateTo(number: number): void;
  close(): void;
}

/** A real SQLite file in a temporary folder. */
export function openBench(): MigrationBench {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-migration-'));
  const database = openDatabase(join(folder, 'project.db'));
  return {
    database,
    migrateTo: (number) => migrate(database, migrations.slice(0, number)),
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything in the database: its schema, version and rows. */
export function dumpDatabase(database: Database): unknown {
  const schema = database
    .prepare<[], { name: string; type: string; sql: string }>(
      'SELECT name, type, sql FROM sqlite_schema ORDER BY name',
    )
    .all();
  const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => name);
  const rows = tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]);
  return { schema, rows, version: readSchemaVersion(database), id: database.pragma('application_id') };
}

/** Asserts that migration `number`, failing at its very end, leaves the database as it was and can then be repeated. */
export function expectFailureChangesNothing(bench: MigrationBench, number: number): void {
  bench.migrateTo(number - 1);
  const before = dumpDatabase(bench.database);
  const original = migrations[number - 1]!;
  const failing: Migration = {
    ...original,
    apply: (database) => {
      original.apply(database);
      throw new Error('the power failed');
    },
  };
  const list = [...migrations.slice(0, number - 1), failing];
  expect(() => migrate(bench.database, list)).toThrow('the power failed');
  expect(dumpDatabase(bench.database)).toEqual(before);
  bench.migrateTo(number);
  expect(readSchemaVersion(bench.database)).toBe(number);
}

/** Names of tables and columns, all of them STRICT. */
export function expectStrictTables(database: Database, names: readonly string[]): void {
  const tables = database
    .prepare<[], { name: string; strict: number }>(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'",
    )
    .all();
  for (const name of names) expect(tables).toContainEqual(expect.objectContaining({ name, strict: 1 }));
}

/** A dataset with one class and one image, as 002 stores them. */
export function insertDatasetRows(database: Database): void {
  database.exec(`
    INSERT INTO datasets (id, name, root_folder, layout, decode_rule, warnings, created_at_ms)
      VALUES (1, 'cells', '/images', 'classFolders', 1, '[]', 0);
    INSERT INTO classes (id, dataset_id, position, name) VALUES (1, 1, 0, 'round');
    INSERT INTO images (id, dataset_id, relative_path, sha256, pixel_sha256, class_id, format, width, height, channels,
      bit_depth, intensity_window, notes, difference_hash, thumbnail, size_bytes, modified_at_ms)
      VALUES (1, 1, 'round/a.png', '${'a'.repeat(64)}', '${'b'.repeat(64)}', 1, 'png', 32, 32, 3, 8, '{}', '[]', '', x'', 9, 0.5);
  `);
}

/** A split of that dataset, as 003 stores it. */
export function insertSplitRows(database: Database): void {
  database.exec(`
    INSERT INTO splits (id, dataset_id, name, seed, method, settings, summary, manifest_hash, created_at_ms)
      VALUES (1, 1, 'drawn', 1, 'drawn', '{}', '{}', '${'c'.repeat(64)}', 0);
    INSERT INTO split_images (split_id, image_id, split) VALUES (1, 1, 'train');
  `);
}

/** A run on that split, as 004 stores it. */
export function insertRunRows(database: Database): void {
  database.exec(`
    INSERT INTO runs (id, name, dataset_id, split_id, protocol, manifest_hash, config, seed, executor, versions, state,
      total_steps, created_at_ms)
      VALUES (1, 'first', 1, 1, 'clean', 'c', '{}', 1, 'compiled-cpu', '{}', 'queued', 10, 0);
    INSERT INTO metric_names (id, name) VALUES (1, 'loss');
    INSERT INTO metrics (run_id, metric_id, step, value) VALUES (1, 1, 0, 0.5);
    INSERT INTO run_events (run_id, at_ms, step, kind, message, details) VALUES (1, 0, 0, 'created', 'made', '{}');
    INSERT INTO checkpoints (run_id, step, format, file, sha256, size_bytes, training_ms, created_at_ms)
      VALUES (1, 5, 1, 'a', 'b', 1, 1, 0);
  `);
}
