// Pages of a dataset's images, by class, part, note and name. Passes over narrow indexes only; whole rows are read for the
// page alone.
import type { Database } from 'better-sqlite3';
import type { ImageRow } from '../../contract/images.ts';
import type { SplitName } from '../../contract/dataset.ts';

export interface ImageQuery {
  readonly datasetId: number;
  /** A split of the dataset, whose parts are told and may be asked for. */
  readonly splitId?: number;
  /** Class names; null for images without one. */
  readonly classes?: readonly (string | null)[];
  readonly parts?: readonly SplitName[];
  /** Anywhere in the relative path, whatever the case. */
  readonly search?: string;
  readonly ids?: readonly number[];
  readonly noted?: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** What narrows a query down: SQL over `images` and `parts`, with its values. */
interface Filter {
  readonly conditions: readonly string[];
  readonly values: readonly (string | number)[];
}

const inList = (column: string) => `${column} IN (SELECT value FROM json_each(?))`;
const foldText = (text: string) => text.normalize('NFC').toLowerCase();
const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text);

/** SQLite's LIKE knows the two cases of English letters only. */
function searchFilter(database: Database, search: string): Filter {
  if (isAscii(search)) {
    const pattern = `%${search.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    return { conditions: [String.raw`images.relative_path LIKE ? ESCAPE '\'`], values: [pattern] };
  }
  const contains = (path: unknown, wanted: unknown) =>
    foldText(String(path)).includes(String(wanted)) ? 1 : 0;
  database.function('contains_text', { deterministic: true }, contains);
  return { conditions: ['contains_text(images.relative_path, ?)'], values: [foldText(search)] };
}

function classFilter(database: Database, query: ImageQuery, classes: readonly (string | null)[]): Filter {
  const ids = database
    .prepare<[number, string], number>(`SELECT id FROM classes WHERE dataset_id = ? AND ${inList('name')}`)
    .pluck()
    .all(query.datasetId, JSON.stringify(classes.filter((name) => name !== null)));
  const known = inList('images.class_id');
  const condition = classes.includes(null) ? `(images.class_id IS NULL OR ${known})` : known;
  return { conditions: [condition], values: [JSON.stringify(ids)] };
}

/** Everything that is asked of the image itself. */
function imageFilter(database: Database, query: ImageQuery): Filter {
  const filters: Filter[] = [];
  const { ids, classes, search, noted } = query;
  if (ids) filters.push({ conditions: [inList('images.id')], values: [JSON.stringify(ids)] });
  if (classes) filters.push(classFilter(database, query, classes));
  if (noted) filters.push({ conditions: ["images.notes <> '[]'"], values: [] });
  if (search) filters.push(searchFilter(database, search));
  return {
    conditions: filters.flatMap(({ conditions }) => conditions),
    values: filters.flatMap(({ values }) => values),
  };
}

interface Selection extends Filter {
  readonly from: string;
  readonly id: string;
}

function selectImages(database: Database, query: ImageQuery): Selection {
  const { datasetId, splitId, parts } = query;
  const filter = imageFilter(database, query);
  if (splitId === undefined || parts === undefined) {
    const conditions = ['images.dataset_id = ?', ...filter.conditions];
    return { from: 'images', id: 'images.id', conditions, values: [datasetId, ...filter.values] };
  }
  const partConditions = ['parts.split_id = ?', inList('parts.split')];
  const partValues = [splitId, JSON.stringify(parts)];
  if (filter.conditions.length === 0) {
    // A split holds images of its own dataset only, so that it alone can answer.
    return {
      from: 'split_images AS parts',
      id: 'parts.image_id',
      conditions: partConditions,
      values: partValues,
    };
  }
  return {
    // CROSS keeps this order: first what the narrow index of images can tell, then the part of what is left.
    from: 'images CROSS JOIN split_images AS parts ON parts.image_id = images.id',
    id: 'images.id',
    conditions: ['images.dataset_id = ?', ...filter.conditions, ...partConditions],
    values: [datasetId, ...filter.values, ...partValues],
  };
}

/** A page in the order of the import, and how many images match on all pages. */
export function readImagePage(
  database: Database,
  query: ImageQuery,
): { readonly total: number; readonly images: ImageRow[] } {
  const { from, id, conditions, values } = selectImages(database, query);
  const where = `FROM ${from} WHERE ${conditions.join(' AND ')}`;
  const pluck = (sql: string, ...more: number[]) =>
    database
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .all(...values, ...more);
  const { offset, limit, splitId } = query;
  if (query.search) {
    // Looking into every name is what costs here, so that it is done once.
    const all = pluck(`SELECT ${id} ${where} ORDER BY ${id}`);
    return { total: all.length, images: readImageRows(database, all.slice(offset, offset + limit), splitId) };
  }
  const [total] = pluck(`SELECT count(*) ${where}`);
  const page = pluck(`SELECT ${id} ${where} ORDER BY ${id} LIMIT ? OFFSET ?`, limit, offset);
  return { total: total!, images: readImageRows(database, page, splitId) };
}

type RawImageRow = Omit<ImageRow, 'notes' | 'window'> & { readonly notes: string; readonly window: string };

function readImageRows(database: Database, ids: readonly number[], splitId: number | undefined): ImageRow[] {
  return database
    .prepare<[number | null, string], RawImageRow>(
      `SELECT images.id, relative_path AS relativePath, classes.name AS label, group_name AS "group",
         parts.split AS part, width, height, format, bit_depth AS bitDepth, channels,
         intensity_window AS window, size_bytes AS sizeBytes, notes
       FROM images LEFT JOIN classes ON classes.id = images.class_id
         LEFT JOIN split_images AS parts ON parts.split_id = ? AND parts.image_id = images.id
       WHERE ${inList('images.id')} ORDER BY images.id`,
    )
    .all(splitId ?? null, JSON.stringify(ids))
    .map(({ notes, window, ...row }) => ({
      ...row,
      notes: JSON.parse(notes) as ImageRow['notes'],
      window: JSON.parse(window) as ImageRow['window'],
    }));
}

/** Where an image's file is, and what it must be. */
export interface StoredFile {
  readonly id: number;
  readonly rootFolder: string;
  readonly relativePath: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly label: string | null;
}

/** Some images' files, in the order asked; numbers of no image are left out. */
export function listStoredFiles(database: Database, ids: readonly number[]): StoredFile[] {
  const rows = database
    .prepare<[string], StoredFile>(
      `SELECT images.id, root_folder AS rootFolder, relative_path AS relativePath, sha256, width, height,
         classes.name AS label
       FROM images JOIN datasets ON datasets.id = images.dataset_id
         LEFT JOIN classes ON classes.id = images.class_id
       WHERE ${inList('images.id')}`,
    )
    .all(JSON.stringify(ids));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Numbers of the images in the given parts of a split, in the order of the import. */
export function listPartIds(database: Database, splitId: number, parts: readonly SplitName[]): number[] {
  return database
    .prepare<[number, string], number>(
      `SELECT image_id FROM split_images WHERE split_id = ? AND ${inList('split')} ORDER BY image_id`,
    )
    .pluck()
    .all(splitId, JSON.stringify(parts));
}
