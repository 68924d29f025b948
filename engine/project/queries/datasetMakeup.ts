// What the images of a dataset are like, counted in the database: formats, sizes, notes, groups.
import type { Database } from 'better-sqlite3';
import type { DatasetMakeup } from '../../contract/answers.ts';

type Rows<Key extends keyof DatasetMakeup> = DatasetMakeup[Key] extends readonly (infer Row)[] ? Row : never;

/** By open database and dataset: what an import stored never changes. Goes with the database. */
const known = new WeakMap<Database, Map<number, DatasetMakeup>>();

/** Counts over all images; a dataset always has at least one. */
export function readMakeup(database: Database, datasetId: number): DatasetMakeup {
  const ofDatabase = known.get(database) ?? new Map<number, DatasetMakeup>();
  known.set(database, ofDatabase);
  const makeup = ofDatabase.get(datasetId) ?? countMakeup(database, datasetId);
  ofDatabase.set(datasetId, makeup);
  return makeup;
}

// Each query is told to pass over the narrow index: the rows carry thumbnails.
function countMakeup(database: Database, datasetId: number): DatasetMakeup {
  const all = <Row>(sql: string) => database.prepare<[number], Row>(sql).all(datasetId);
  const one = <Row>(sql: string) => database.prepare<[number], Row>(sql).get(datasetId)!;
  return {
    formats: all<Rows<'formats'>>(
      'SELECT format, count(*) AS images FROM images INDEXED BY images_by_trait WHERE dataset_id = ? GROUP BY format ORDER BY images DESC, format',
    ),
    notes: all<Rows<'notes'>>(
      `SELECT note.value AS note, count(*) AS images FROM images INDEXED BY images_by_trait, json_each(images.notes) AS note
       WHERE dataset_id = ? AND notes <> '[]' GROUP BY note.value ORDER BY images DESC, note`,
    ),
    shortSides: all<Rows<'shortSides'>>(
      'SELECT min(width, height) AS pixels, count(*) AS images FROM images INDEXED BY images_by_trait WHERE dataset_id = ? GROUP BY 1 ORDER BY 1',
    ),
    commonSize: one<DatasetMakeup['commonSize']>(
      `SELECT width, height, count(*) AS images FROM images INDEXED BY images_by_trait WHERE dataset_id = ?
       GROUP BY width, height ORDER BY images DESC, width, height LIMIT 1`,
    ),
    ...one<Pick<DatasetMakeup, 'notedCount' | 'sizeCount' | 'groupCount' | 'givenSplitCount'>>(
      `SELECT count(*) FILTER (WHERE notes <> '[]') AS notedCount, count(DISTINCT width || 'x' || height) AS sizeCount,
         count(DISTINCT group_name) AS groupCount, count(given_split) AS givenSplitCount
       FROM images INDEXED BY images_by_trait WHERE dataset_id = ?`,
    ),
  };
}
