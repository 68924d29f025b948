// Reads a table of pictures: file, label, and optionally group and split, under the names people give such columns.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import Papa from 'papaparse';
import type { SetAsideFile, SplitName } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { setAside } from './examineFile.ts';
import { normalizeLabel, splitFromName, type FileOrigin } from './folderLayout.ts';
import type { ListedFile } from './sourceListing.ts';

type ColumnName = 'file' | 'label' | 'group' | 'split';

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

export interface TableSource {
  /** The table's folder: relative paths start here. */
  readonly rootFolder: string;
  readonly files: readonly (ListedFile & FileOrigin)[];
  readonly setAside: readonly SetAsideFile[];
  readonly warnings: readonly string[];
}

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

type Columns = Readonly<Record<ColumnName, number>>;

function findColumns(header: readonly string[]): Columns {
  const names = header.map(plainName);
  const find = (column: ColumnName) => {
    for (const alias of columnAliases[column]) if (names.includes(alias)) return names.indexOf(alias);
    return -1;
  };
  return { file: find('file'), label: find('label'), group: find('group'), split: find('split') };
}

/** Where a cell of the file column points; backslashes are tried as separators where no such file exists. */
function resolveFile(rootFolder: string, cell: string): { path: string; relativePath: string } {
  const slashed = cell.replaceAll('\\', '/');
  const isPlain = !cell.includes('\\') || existsSync(isAbsolute(cell) ? cell : join(rootFolder, cell));
  const written = isPlain ? cell : slashed;
  const path = isAbsolute(written) ? normalize(written) : join(rootFolder, written);
  const prefix = rootFolder.endsWith(sep) ? rootFolder : rootFolder + sep;
  const relativePath = path.startsWith(prefix) ? path.slice(prefix.length) : normalize(written);
  return { path, relativePath: relativePath.split(sep).join('/') };
}

function findHeader(
  rows: readonly string[][],
  rootFolder: string,
  path: string,
): { columns: Columns; rows: readonly string[][] } {
  const columns = findColumns(rows[0] ?? []);
  if (columns.file >= 0) return { columns, rows: rows.slice(1) };
  const firstCell = rows[0]?.[0]?.trim();
  if (firstCell && existsSync(resolveFile(rootFolder, firstCell).path)) {
    const width = Math.max(...rows.map((row) => row.length));
    const at = (index: number) => (index < width ? index : -1);
    return { columns: { file: 0, label: at(1), group: at(2), split: at(3) }, rows };
  }
  throw new EngineError(
    'dataset.invalid',
    `${basename(path)} has no column that names the pictures. Its first line must hold the column names: file,label and, if you have them, group and split. It reads: ${(rows[0] ?? []).slice(0, 8).join(', ')}`,
    { details: { path, columns: rows[0] ?? [] } },
  );
}

/**
 * Reads a table of pictures. Rows whose file is missing, or comes a second time, are set aside.
 * @param path absolute path of the CSV (comma, semicolon, tab or bar between cells)
 * Throws file.unreadable, dataset.invalid.
 */
export async function readTable(path: string): Promise<TableSource> {
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
  const { columns, rows } = findHeader(parseRows(decodeText(bytes)), rootFolder, path);
  const files: (ListedFile & FileOrigin)[] = [];
  const refused: SetAsideFile[] = [];
  const seen = new Set<string>();
  const unknownSplits = new Set<string>();
  let rowsWithoutFile = 0;
  const cell = (row: readonly string[], column: number) => (column < 0 ? '' : (row[column] ?? '')).trim();
  const readSplit = (name: string): SplitName | null => {
    const split = splitFromName(name);
    if (name && !split) unknownSplits.add(name);
    return split;
  };
  for (const row of rows) {
    const written = cell(row, columns.file);
    if (!written) {
      rowsWithoutFile++;
      continue;
    }
    const { path: filePath, relativePath } = resolveFile(rootFolder, written);
    if (seen.has(relativePath)) refused.push(setAside(relativePath, 'row.repeated'));
    else if (written.includes('\0') || !existsSync(filePath))
      refused.push(setAside(relativePath, 'file.missing'));
    else {
      files.push({
        path: Buffer.from(filePath),
        relativePath,
        label: normalizeLabel(cell(row, columns.label)),
        group: cell(row, columns.group) || null,
        givenSplit: readSplit(cell(row, columns.split)),
      });
    }
    seen.add(relativePath);
  }
  const warnings: string[] = [];
  if (rowsWithoutFile > 0)
    warnings.push(`Rows of the table that name no file, left out: ${rowsWithoutFile}.`);
  if (unknownSplits.size > 0) {
    warnings.push(
      `Splits of other names than train, validation and test, ignored: ${[...unknownSplits].slice(0, 5).join(', ')}.`,
    );
  }
  if (columns.label < 0) warnings.push('The table has no column of labels: the pictures have no classes.');
  return { rootFolder, files, setAside: refused, warnings };
}
