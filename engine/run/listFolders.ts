// One folder of this machine, for choosing folders where there is no dialog of the system's. Lists; opens no file.
import { existsSync, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import type { FolderListing } from '../contract/app.ts';
import { EngineError } from '../contract/errors.ts';
import { extensionOf, isImageExtension } from '../data/contentKind.ts';
import { databaseName } from '../project/project.ts';

const shownFiles = 200;
const tableExtensions = new Set(['csv', 'tsv', 'txt']);
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function listPlaces(): FolderListing['places'] {
  const home = homedir();
  const inHome = ['Desktop', 'Documents', 'Downloads', 'Pictures']
    .map((name) => ({ name, path: join(home, name) }))
    .filter(({ path }) => existsSync(path));
  return [{ name: 'Home', path: home }, ...inHome, ...listDrives()];
}

function listDrives(): FolderListing['places'] {
  if (process.platform !== 'win32') return [{ name: 'Computer', path: '/' }];
  return [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
    .map((letter) => ({ name: `${letter}:`, path: `${letter}:\\` }))
    .filter(({ path }) => existsSync(path));
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new EngineError(
      isMissing ? 'file.missing' : 'file.unreadable',
      isMissing ? `There is no folder ${path}.` : `The folder ${path} cannot be opened.`,
      { cause, details: { path } },
    );
  }
}

/** Whether an entry is a folder or a file once links are followed; null for anything else. */
async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'file' | null> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return null;
  const target = await stat(path).catch(() => null);
  if (target?.isDirectory()) return 'folder';
  return target?.isFile() ? 'file' : null;
}

/**
 * Folders, tables and images in a folder; hidden ones are left out.
 * @param path default: the home folder
 * Throws file.missing, file.unreadable.
 */
export async function listFolders(path: string = homedir()): Promise<FolderListing> {
  const root = resolve(path);
  const folders: string[] = [];
  const tables: string[] = [];
  const images: string[] = [];
  for (const entry of await readFolder(root)) {
    if (entry.name.startsWith('.') || entry.name.startsWith('$')) continue;
    const kind = await kindOf(entry, join(root, entry.name));
    if (kind === 'folder') folders.push(entry.name);
    else if (kind !== 'file') continue;
    else if (tableExtensions.has(extensionOf(entry.name))) tables.push(entry.name);
    else if (isImageExtension(extensionOf(entry.name))) images.push(entry.name);
  }
  for (const names of [folders, tables, images]) names.sort(byName.compare);
  const files = [...tables, ...images].slice(0, shownFiles).map(async (name) => {
    const file = join(root, name);
    return { name, path: file, sizeBytes: (await stat(file).catch(() => null))?.size ?? 0 };
  });
  return {
    path: root,
    parent: root === parse(root).root ? null : dirname(root),
    places: listPlaces(),
    folders: folders.map((name) => {
      const folder = join(root, name);
      return { name, path: folder, isProject: existsSync(join(folder, databaseName)) };
    }),
    files: await Promise.all(files),
    fileCount: tables.length + images.length,
  };
}
