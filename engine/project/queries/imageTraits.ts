// Single traits of very many images, without the rest of their rows, which carry thumbnails and are slow to pass over.
import type { Database } from 'better-sqlite3';
import type { SplitName } from '../../contract/dataset.ts';

/** What decides which part of a split an image may be in. */
export interface ImageTraits {
  readonly id: number;
  readonly label: string | null;
  readonly group: string | null;
  readonly givenSplit: SplitName | null;
  /** Of the file's bytes. */
  readonly sha256: string;
}

/** All images of a dataset, in the order of the import. */
export function listImageTraits(database: Database, datasetId: number): ImageTraits[] {
  const classes = new Map(
    database
      .prepare<[number], [number, string]>('SELECT id, name FROM classes WHERE dataset_id = ?')
      .raw()
      .all(datasetId),
  );
  const rows = database
    .prepare<[number], [number, number | null, string | null, SplitName | null, string]>(
      `SELECT id, class_id, group_name, given_split, sha256 FROM images INDEXED BY images_by_trait
       WHERE dataset_id = ? ORDER BY id`,
    )
    .raw()
    .all(datasetId);
  return rows.map(([id, classId, group, givenSplit, sha256]) => {
    return { id, label: classId === null ? null : (classes.get(classId) ?? null), group, givenSplit, sha256 };
  });
}

/** What an image is called. */
export interface NamedImage {
  readonly id: number;
  readonly relativePath: string;
  readonly label: string | null;
  readonly group: string | null;
}

/** The named images, in the order of the import; numbers of no image are left out. */
export function listNamedImages(database: Database, ids: readonly number[]): NamedImage[] {
  return database
    .prepare<[string], NamedImage>(
      `SELECT images.id, relative_path AS relativePath, classes.name AS label, group_name AS "group"
       FROM images LEFT JOIN classes ON classes.id = images.class_id
       WHERE images.id IN (SELECT value FROM json_each(?)) ORDER BY images.id`,
    )
    .all(JSON.stringify(ids));
}
