// A first look at a folder or table before it is imported: names only; no picture is opened.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import type { SourceInspection, TableColumns } from '../contract/images.ts';
import { extensionOf, isImageExtension } from './contentKind.ts';
import { normalizeLabel, readFolderLayout } from './folderLayout.ts';
import { compareBytes, listFolder } from './sourceListing.ts';
import { cellOf, chooseColumns, columnRoles, readTableFile, type Table } from './tableFile.ts';

const shownClasses = 50;
const shownExamples = 3;

function summarizeClasses(labels: Iterable<string | null>): Pick<SourceInspection, 'classes' | 'classCount'> {
  const classes = [...new Set(labels)].filter((label) => label !== null).sort(compareBytes);
  return { classes: classes.slice(0, shownClasses), classCount: classes.length };
}

async function inspectFolder(path: string): Promise<SourceInspection> {
  const { files } = await listFolder(path);
  const pictures = files
    .map(({ relativePath }) => relativePath)
    .filter((relativePath) => isImageExtension(extensionOf(relativePath)));
  const { layout, origins, warnings } = readFolderLayout(pictures);
  return {
    path,
    kind: 'folder',
    layout,
    imageFileCount: pictures.length,
    ...summarizeClasses(origins.map(({ label }) => label)),
    columns: [],
    chosen: {},
    rowCount: 0,
    warnings:
      pictures.length > 0 ? warnings : ['No file in this folder has a name that ends like a picture’s.'],
  };
}

/** The first values of a column that differ from each other. */
function listExamples(table: Table, column: number): string[] {
  const examples = new Set<string>();
  for (const row of table.rows) {
    const value = cellOf(row, column);
    if (value) examples.add(value);
    if (examples.size === shownExamples) break;
  }
  return [...examples];
}

async function inspectTable(path: string): Promise<SourceInspection> {
  const table = await readTableFile(path);
  const columns = chooseColumns(table);
  const chosen: TableColumns = Object.fromEntries(
    columnRoles.map((role) => [role, table.names[columns[role]] ?? null]),
  );
  const warnings: string[] = [];
  if (columns.file < 0)
    warnings.push('No column is named like one of files: choose the one that names them.');
  if (columns.label < 0) warnings.push('No column is named like one of classes.');
  return {
    path,
    kind: 'csv',
    layout: null,
    imageFileCount: new Set(table.rows.map((row) => cellOf(row, columns.file)).filter(Boolean)).size,
    ...summarizeClasses(table.rows.map((row) => normalizeLabel(cellOf(row, columns.label)))),
    columns: table.names.map((name, column) => ({ name, examples: listExamples(table, column) })),
    chosen,
    rowCount: table.rows.length,
    warnings,
  };
}

/**
 * What an import would meet, told from names: of files, folders and columns.
 * Throws file.missing, file.unreadable, dataset.invalid (neither a folder nor a table).
 */
export async function inspectSource(path: string): Promise<SourceInspection> {
  const source = resolve(path);
  const stats = statSync(source, { throwIfNoEntry: false });
  if (!stats) throw new EngineError('file.missing', `${source} is not there`, { details: { path: source } });
  return stats.isDirectory() ? inspectFolder(source) : inspectTable(source);
}
