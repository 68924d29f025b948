// Splits: which image is in which part.
import type { Database } from 'better-sqlite3';
import { EngineError } from '../../contract/errors.ts';
import type { SplitSettings } from '../../contract/answers.ts';
import type { SplitAssignment, SplitMethod, SplitName } from '../../contract/dataset.ts';

/** What is known of a split besides its assignment. */
export type SplitSummary = Omit<SplitAssignment, 'splits' | 'method' | 'seed'>;

export interface SplitRow {
  readonly id: number;
  readonly datasetId: number;
  readonly name: string;
  readonly seed: number;
  readonly method: SplitMethod;
  /** What was asked for: shares, duplicates kept together or not. */
  readonly settings: SplitSettings;
  readonly summary: SplitSummary;
  /** SHA-256 over every image's hash, label and part. */
  readonly manifestHash: string;
  readonly createdAtMs: number;
}

const columns = `id, dataset_id AS datasetId, name, seed, method, settings, summary,
  manifest_hash AS manifestHash, created_at_ms AS createdAtMs`;

type RawSplitRow = Omit<SplitRow, 'settings' | 'summary'> & {
  readonly settings: string;
  readonly summary: string;
};

/** Stores a split; `imageIds` in the order of the assignment. Returns its id. */
export function insertSplit(
  database: Database,
  split: {
    readonly datasetId: number;
    readonly name: string;
    readonly settings: SplitSettings;
    readonly imageIds: readonly number[];
    readonly assignment: SplitAssignment;
    /** SHA-256 over every image's hash, label, group and part. */
    readonly manifestHash: string;
  },
): number {
  const { method, seed, splits, ...summary } = split.assignment;
  return database
    .transaction(() => {
      const id = Number(
        database
          .prepare(
            `INSERT INTO splits (dataset_id, name, seed, method, settings, summary, manifest_hash, created_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            split.datasetId,
            split.name,
            seed,
            method,
            JSON.stringify(split.settings),
            JSON.stringify(summary),
            split.manifestHash,
            Date.now(),
          ).lastInsertRowid,
      );
      const insert = database.prepare(
        'INSERT INTO split_images (split_id, image_id, split) VALUES (?, ?, ?)',
      );
      split.imageIds.forEach((imageId, index) => insert.run(id, imageId, splits[index]));
      return id;
    })
    .immediate();
}

export function listSplits(database: Database, datasetId: number): SplitRow[] {
  return database
    .prepare<[number], RawSplitRow>(`SELECT ${columns} FROM splits WHERE dataset_id = ? ORDER BY id`)
    .all(datasetId)
    .map(parseSplit);
}

/** Throws dataset.notFound. */
export function readSplit(database: Database, id: number): SplitRow {
  const row = database.prepare<[number], RawSplitRow>(`SELECT ${columns} FROM splits WHERE id = ?`).get(id);
  if (row) return parseSplit(row);
  throw new EngineError('dataset.notFound', `There is no split ${id} in this project.`, {
    details: { splitId: id },
  });
}

function parseSplit(row: RawSplitRow): SplitRow {
  return {
    ...row,
    settings: JSON.parse(row.settings) as SplitSettings,
    summary: JSON.parse(row.summary) as SplitSummary,
  };
}

/** The part that each image of a split is in, by image id. */
export function readSplitParts(database: Database, splitId: number): Map<number, SplitName> {
  const rows = database
    .prepare<[number], [number, SplitName]>(
      'SELECT image_id, split FROM split_images WHERE split_id = ? ORDER BY image_id',
    )
    .raw()
    .all(splitId);
  return new Map(rows);
}

/** How many images of a split are in these parts. */
export function countPartImages(database: Database, splitId: number, parts: readonly SplitName[]): number {
  return Number(
    database
      .prepare<[number, string], number>(
        'SELECT count(*) FROM split_images WHERE split_id = ? AND split IN (SELECT value FROM json_each(?))',
      )
      .pluck()
      .get(splitId, JSON.stringify(parts)),
  );
}
