// Datasets, classes, images and the files that were set aside.
import type { Database } from 'better-sqlite3';
import { EngineError } from '../../contract/errors.ts';
import {
  decodeRuleVersion,
  type ImageRecord,
  type ScanReport,
  type SetAsideFile,
  type SourceLayout,
} from '../../contract/dataset.ts';
import { readSetting, writeSetting } from './settings.ts';

const lastImageIdName = 'images.lastId';

/** A dataset in a list. */
export interface DatasetRow {
  readonly id: number;
  readonly name: string;
  /** Where its images were when last seen. */
  readonly rootFolder: string;
  readonly csvPath: string | null;
  readonly layout: SourceLayout;
  /** The decoding rules its pixel hashes were made with. */
  readonly decodeRule: number;
  readonly warnings: readonly string[];
  readonly createdAtMs: number;
  readonly imageCount: number;
  readonly labelledCount: number;
  readonly classCount: number;
  readonly quarantinedCount: number;
  readonly ignoredCount: number;
}

/** An accepted image with its number in the project. */
export interface StoredImage extends ImageRecord {
  readonly id: number;
}

const datasetColumns = `
  id, name, root_folder AS rootFolder, csv_path AS csvPath, layout, decode_rule AS decodeRule, warnings,
  created_at_ms AS createdAtMs,
  (SELECT count(*) FROM images WHERE dataset_id = datasets.id) AS imageCount,
  (SELECT count(*) FROM images WHERE dataset_id = datasets.id AND class_id IS NOT NULL) AS labelledCount,
  (SELECT count(*) FROM classes WHERE dataset_id = datasets.id) AS classCount,
  (SELECT count(*) FROM set_aside WHERE dataset_id = datasets.id AND status = 'quarantined') AS quarantinedCount,
  (SELECT count(*) FROM set_aside WHERE dataset_id = datasets.id AND status = 'ignored') AS ignoredCount`;

type RawDatasetRow = Omit<DatasetRow, 'warnings'> & { readonly warnings: string };

/** Stores everything an import found, in one transaction; returns the dataset's id. */
export function insertDataset(
  database: Database,
  dataset: { readonly name: string; readonly csvPath: string | null; readonly report: ScanReport },
): number {
  const { name, csvPath, report } = dataset;
  return database
    .transaction(() => {
      const id = Number(
        database
          .prepare(
            `INSERT INTO datasets (name, root_folder, csv_path, layout, decode_rule, warnings, created_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            name,
            report.rootFolder,
            csvPath,
            report.layout,
            decodeRuleVersion,
            JSON.stringify(report.warnings),
            Date.now(),
          ).lastInsertRowid,
      );
      const classIds = insertClasses(database, id, report.classes);
      insertImages(database, id, report.images, classIds);
      insertSetAside(database, id, 'quarantined', report.quarantined);
      insertSetAside(database, id, 'ignored', report.ignored);
      return id;
    })
    .immediate();
}

function insertClasses(database: Database, datasetId: number, names: readonly string[]): Map<string, number> {
  const insert = database.prepare('INSERT INTO classes (dataset_id, position, name) VALUES (?, ?, ?)');
  return new Map(
    names.map((name, position) => [name, Number(insert.run(datasetId, position, name).lastInsertRowid)]),
  );
}

/** The largest number that an image of the project has or had: windows keep pictures by number for a while. */
function readLastImageId(database: Database): number {
  const present = database.prepare<[], number | null>('SELECT max(id) FROM images').pluck().get() ?? 0;
  return Math.max(present, readSetting<number>(database, lastImageIdName) ?? 0);
}

function insertImages(
  database: Database,
  datasetId: number,
  images: readonly ImageRecord[],
  classIds: ReadonlyMap<string, number>,
): void {
  const insert = database.prepare(
    `INSERT INTO images (id, dataset_id, relative_path, sha256, pixel_sha256, class_id, group_name, given_split, format,
       width, height, channels, bit_depth, intensity_window, notes, difference_hash, thumbnail, size_bytes,
       modified_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const firstId = readLastImageId(database) + 1;
  for (const [place, image] of images.entries()) {
    insert.run(
      firstId + place,
      datasetId,
      image.relativePath,
      image.sha256,
      image.pixelSha256,
      image.label === null ? null : (classIds.get(image.label) ?? null),
      image.group,
      image.givenSplit,
      image.format,
      image.width,
      image.height,
      image.channels,
      image.bitDepth,
      JSON.stringify(image.window),
      JSON.stringify(image.notes),
      image.fingerprint.differenceHash,
      Buffer.from(image.fingerprint.thumbnail),
      image.sizeBytes,
      image.modifiedMs,
    );
  }
}

function insertSetAside(
  database: Database,
  datasetId: number,
  status: 'quarantined' | 'ignored',
  files: readonly SetAsideFile[],
): void {
  const insert = database.prepare(
    `INSERT INTO set_aside (dataset_id, relative_path, status, reason, message, size_bytes, sha256)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const file of files) {
    insert.run(datasetId, file.relativePath, status, file.reason, file.message, file.sizeBytes, file.sha256);
  }
}

export function listDatasets(database: Database): DatasetRow[] {
  return database
    .prepare<[], RawDatasetRow>(`SELECT ${datasetColumns} FROM datasets ORDER BY id`)
    .all()
    .map(parseDataset);
}

/** Throws dataset.notFound. */
export function readDataset(database: Database, id: number): DatasetRow {
  const row = database
    .prepare<[number], RawDatasetRow>(`SELECT ${datasetColumns} FROM datasets WHERE id = ?`)
    .get(id);
  if (row) return parseDataset(row);
  throw new EngineError('dataset.notFound', `There is no dataset ${id} in this project.`, {
    details: { datasetId: id },
  });
}

function parseDataset(row: RawDatasetRow): DatasetRow {
  return { ...row, warnings: JSON.parse(row.warnings) as string[] };
}

/** Class names; a label's index here is its class number. */
export function listClasses(database: Database, datasetId: number): string[] {
  return database
    .prepare<[number], string>('SELECT name FROM classes WHERE dataset_id = ? ORDER BY position')
    .pluck()
    .all(datasetId);
}

/** Class names with how many images each has, in the order of class numbers. */
export function countClasses(
  database: Database,
  datasetId: number,
): { readonly name: string; readonly images: number }[] {
  return database
    .prepare<[number], { name: string; images: number }>(
      `SELECT name, (SELECT count(*) FROM images WHERE class_id = classes.id) AS images
       FROM classes WHERE dataset_id = ? ORDER BY position`,
    )
    .all(datasetId);
}

interface ImageRow extends Omit<ImageRecord, 'window' | 'notes' | 'fingerprint'> {
  readonly id: number;
  readonly window: string;
  readonly notes: string;
  readonly differenceHash: string;
  readonly thumbnail: Buffer;
}

/** The accepted images of a dataset, in the order of the import. */
export function listImages(database: Database, datasetId: number): StoredImage[] {
  return database
    .prepare<[number], ImageRow>(
      `SELECT images.id, relative_path AS relativePath, sha256, pixel_sha256 AS pixelSha256, classes.name AS label,
         group_name AS "group", given_split AS givenSplit, format, width, height, channels, bit_depth AS bitDepth,
         intensity_window AS window, notes, difference_hash AS differenceHash, thumbnail, size_bytes AS sizeBytes,
         modified_at_ms AS modifiedMs
       FROM images LEFT JOIN classes ON classes.id = images.class_id
       WHERE images.dataset_id = ? ORDER BY images.id`,
    )
    .all(datasetId)
    .map(toStoredImage);
}

function toStoredImage({ differenceHash, thumbnail, window, notes, ...image }: ImageRow): StoredImage {
  return {
    ...image,
    window: JSON.parse(window) as ImageRecord['window'],
    notes: JSON.parse(notes) as ImageRecord['notes'],
    fingerprint: { differenceHash, thumbnail: new Uint8Array(thumbnail) },
  };
}

/** The files that are not among the images, in the order of the import. */
export function listSetAside(
  database: Database,
  datasetId: number,
  status: 'quarantined' | 'ignored',
): SetAsideFile[] {
  return database
    .prepare<[number, string], SetAsideFile>(
      `SELECT relative_path AS relativePath, reason, message, size_bytes AS sizeBytes, sha256
       FROM set_aside WHERE dataset_id = ? AND status = ? ORDER BY id`,
    )
    .all(datasetId, status);
}

/** Notes where the images are now. `moved` gives new relative paths (and times) by image id. */
export function relinkDataset(
  database: Database,
  datasetId: number,
  rootFolder: string,
  moved: readonly { readonly id: number; readonly relativePath: string; readonly modifiedMs: number }[],
): void {
  database
    .transaction(() => {
      database.prepare('UPDATE datasets SET root_folder = ? WHERE id = ?').run(rootFolder, datasetId);
      // Two steps, because files may have swapped names and a path is unique in its dataset.
      const park = database.prepare(
        "UPDATE images SET relative_path = '//' || id WHERE id = ? AND dataset_id = ?",
      );
      const place = database.prepare(
        'UPDATE images SET relative_path = ?, modified_at_ms = ? WHERE id = ? AND dataset_id = ?',
      );
      for (const { id } of moved) park.run(id, datasetId);
      for (const { id, relativePath, modifiedMs } of moved)
        place.run(relativePath, modifiedMs, id, datasetId);
    })
    .immediate();
}

/** Throws dataset.notFound. */
export function renameDataset(database: Database, id: number, name: string): void {
  const { changes } = database.prepare('UPDATE datasets SET name = ? WHERE id = ?').run(name, id);
  if (changes === 0) readDataset(database, id);
}

/**
 * Removes a dataset that no run uses, with its splits. Throws dataset.notFound, and run.state when a run, even one in the
 * trash, still needs it.
 */
export function deleteDataset(database: Database, id: number): void {
  database
    .transaction(() => {
      const { name } = readDataset(database, id);
      const runs = database
        .prepare<[number], { id: number; name: string; trashed: 0 | 1 }>(
          'SELECT id, name, trashed_at_ms IS NOT NULL AS trashed FROM runs WHERE dataset_id = ? ORDER BY id',
        )
        .all(id);
      if (runs.length > 0) {
        const named = runs.slice(0, 3).map((run) => `${run.name}${run.trashed ? ' (in the trash)' : ''}`);
        const more = runs.length > 3 ? ` and ${runs.length - 3} more` : '';
        throw new EngineError(
          'run.state',
          `The dataset ${name} cannot be removed while runs use it: ${named.join(', ')}${more}. Delete those runs for good first.`,
          { details: { datasetId: id, runs: runs.map((run) => run.id) } },
        );
      }
      writeSetting(database, lastImageIdName, readLastImageId(database));
      database.prepare('DELETE FROM datasets WHERE id = ?').run(id);
    })
    .immediate();
}
