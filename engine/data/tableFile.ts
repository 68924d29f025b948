// A table of pictures as rows and columns: which text it is, which line holds the names, which column is what. Knows no
// picture and opens nothing but the table.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import Papa from 'papaparse';
import { EngineError } from '../contract/errors.ts';
import type { TableColumns } from '../contract/images.ts';

export type ColumnName = 'file' | 'label' | 'group' | 'split';

/** Names in order of preference, compared without case, spaces and punctuation. */
const columnAliases: Readonly<Record<ColumnName, readonly string[]>> = {
  file: [
    'file',
    'path',
    'filename',
    'filepath',
    'image',
    'imagepath',
    'imagefile',
    'imagename',
    'img',
    'picture',
    'photo',
    'relativepath',
  ],
  label: ['label', 'class', 'classname', 'labels', 'category', 'target', 'diagnosis', 'species', 'finding'],
  group: [
    'group',
    'patient',
    'patientid',
    'subject',
    'subjectid',
    'animal',
    'animalid',
    'individual',
    'donor',
    'case',
    'caseid',
    'plate',
    'slide',
    'slideid',
  ],
  split: ['split', 'subset', 'set', 'partition'],
};

export const columnRoles = ['file', 'label', 'group', 'split'] as const satisfies readonly ColumnName[];

/** Pictures, archives and other binary files hold zero bytes; UTF-16 begins with its mark. */
function isText(bytes: Buffer): boolean {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isUtf16 || !bytes.subarray(0, 4096).includes(0);
}

/** UTF-8 (with or without a byte order mark), UTF-16 as Excel writes it, else Windows-1252. */
function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function parseRows(text: string): string[][] {
  const { data } = Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  });
  return data;
}

const plainName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Where a cell of the file column points; backslashes are tried as separators where no such file exists. */
export function resolveFile(rootFolder: string, cell: string): { path: string; relativePath: string } {
  const slashed = cell.replaceAll('\\', '/');
  const isPlain = !cell.includes('\\') || existsSync(isAbsolute(cell) ? cell : join(rootFolder, cell));
  const written = isPlain ? cell : slashed;
  const path = isAbsolute(written) ? normalize(written) : join(rootFolder, written);
  const prefix = rootFolder.endsWith(sep) ? rootFolder : rootFolder + sep;
  const relativePath = path.startsWith(prefix) ? path.slice(prefix.length) : normalize(written);
  return { path, relativePath: relativePath.split(sep).join('/') };
}

/** Place of each column; -1 where there is none. */
export type Columns = Readonly<Record<ColumnName, number>>;

export interface Table {
  readonly path: string;
  /** The table's folder: relative paths start here. */
  readonly rootFolder: string;
  /** Names of the columns, each once; `Column 1`, … where the table has no line of names. */
  readonly names: readonly string[];
  /** What the names, or the first row, make of the columns. */
  readonly found: Columns;
  readonly rows: readonly (readonly string[])[];
}

/** Names as they are shown and chosen: none is empty, and no two are the same. */
function nameColumns(cells: readonly string[], width: number): string[] {
  const taken = new Set<string>();
  return Array.from({ length: width }, (_, index) => {
    const written = cells[index]?.trim() || `Column ${index + 1}`;
    let name = written;
    for (let turn = 2; taken.has(name); turn++) name = `${written} (${turn})`;
    taken.add(name);
    return name;
  });
}

function findByName(header: readonly string[]): Columns {
  const names = header.map(plainName);
  const find = (column: ColumnName) => {
    for (const alias of columnAliases[column]) if (names.includes(alias)) return names.indexOf(alias);
    return -1;
  };
  return { file: find('file'), label: find('label'), group: find('group'), split: find('split') };
}

/**
 * Reads a table (comma, semicolon, tab or bar between cells). The first line holds the names, unless its first cell is a
 * file that is there. Throws file.unreadable, dataset.invalid (not a text).
 */
export async function readTableFile(path: string): Promise<Table> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new EngineError('file.unreadable', `${path} cannot be read`, { cause, details: { path } });
  }
  if (!isText(bytes)) {
    const message = `${basename(path)} is neither a folder nor a table (CSV). Choose the folder that holds the pictures.`;
    throw new EngineError('dataset.invalid', message, { details: { path } });
  }
  const rootFolder = dirname(path);
  const rows = parseRows(decodeText(bytes));
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const found = findByName(rows[0] ?? []);
  const firstCell = rows[0]?.[0]?.trim();
  const isHeadless = found.file < 0 && !!firstCell && existsSync(resolveFile(rootFolder, firstCell).path);
  if (!isHeadless) {
    return { path, rootFolder, names: nameColumns(rows[0] ?? [], width), found, rows: rows.slice(1) };
  }
  const at = (index: number) => (index < width ? index : -1);
  const places = { file: 0, label: at(1), group: at(2), split: at(3) };
  return { path, rootFolder, names: nameColumns([], width), found: places, rows };
}

/**
 * The columns to use: as chosen, and as found where nothing was chosen. Throws dataset.invalid for a name that is no
 * column's.
 */
export function chooseColumns(table: Table, chosen: TableColumns = {}): Columns {
  const place = (role: ColumnName): number => {
    const name = chosen[role];
    if (name === undefined) return table.found[role];
    if (name === null) return -1;
    const index = table.names.indexOf(name);
    if (index >= 0) return index;
    throw new EngineError(
      'dataset.invalid',
      `${basename(table.path)} has no column ${JSON.stringify(name)}; its columns: ${table.names.slice(0, 20).join(', ')}`,
      { details: { path: table.path, columns: table.names } },
    );
  };
  return { file: place('file'), label: place('label'), group: place('group'), split: place('split') };
}

/** A row's cell without outer spaces; empty where the row or the column is not there. */
export function cellOf(row: readonly string[], column: number): string {
  return column < 0 ? '' : (row[column] ?? '').trim();
}
