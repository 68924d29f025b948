// Reads a table of pictures: file, label, and optionally group and split, from the columns that people chose or named so.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { SetAsideFile, SplitName } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import type { TableColumns } from '../contract/images.ts';
import { setAside } from './examineFile.ts';
import { normalizeLabel, splitFromName, type FileOrigin } from './folderLayout.ts';
import type { ListedFile } from './sourceListing.ts';
import { cellOf, chooseColumns, readTableFile, resolveFile, type Columns, type Table } from './tableFile.ts';

export interface TableSource {
  /** The table's folder: relative paths start here. */
  readonly rootFolder: string;
  readonly files: readonly (ListedFile & FileOrigin)[];
  readonly setAside: readonly SetAsideFile[];
  readonly warnings: readonly string[];
}

/** The columns to read, of which one must name the pictures. */
function findColumns(table: Table, chosen: TableColumns | undefined): Columns {
  const columns = chooseColumns(table, chosen);
  if (columns.file >= 0) return columns;
  throw new EngineError(
    'dataset.invalid',
    `${basename(table.path)} has no column that names the pictures. Its first line must hold the column names: file,label and, if you have them, group and split. It reads: ${table.names.slice(0, 8).join(', ')}`,
    { details: { path: table.path, columns: table.names } },
  );
}

/**
 * Reads a table of pictures. Rows whose file is missing, or comes a second time, are set aside.
 * @param path absolute path of the CSV (comma, semicolon, tab or bar between cells)
 * @param chosen which column is what, where the names do not tell
 * Throws file.unreadable, dataset.invalid.
 */
export async function readTable(path: string, chosen?: TableColumns): Promise<TableSource> {
  const table = await readTableFile(path);
  const { rootFolder, rows } = table;
  const columns = findColumns(table, chosen);
  const files: (ListedFile & FileOrigin)[] = [];
  const refused: SetAsideFile[] = [];
  const seen = new Set<string>();
  const unknownSplits = new Set<string>();
  let rowsWithoutFile = 0;
  const readSplit = (name: string): SplitName | null => {
    const split = splitFromName(name);
    if (name && !split) unknownSplits.add(name);
    return split;
  };
  for (const row of rows) {
    const written = cellOf(row, columns.file);
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
        label: normalizeLabel(cellOf(row, columns.label)),
        group: cellOf(row, columns.group) || null,
        givenSplit: readSplit(cellOf(row, columns.split)),
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
