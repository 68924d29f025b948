// Walks a folder in bytes, so that any name a file system allows can be met, and follows links without walking in
// circles. Only lists; opens no file.
import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { isUtf8 } from 'node:buffer';
import type { SetAsideFile } from '../contract/dataset.ts';
import { setAside } from './examineFile.ts';

export interface ListedFile {
  /** Bytes of the absolute path. */
  readonly path: Buffer;
  readonly relativePath: string;
}

export interface FolderListing {
  readonly files: readonly ListedFile[];
  readonly setAside: readonly SetAsideFile[];
}

const systemNames = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'system volume information',
  'lost+found',
]);
const slash = Buffer.from('/');

/** Order of names as their bytes, the same on every machine. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A name as text; bytes that are not UTF-8 become \xNN. */
function showName(name: Buffer): string {
  if (isUtf8(name)) return name.toString();
  return Array.from(name, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
  ).join('');
}

interface Visit {
  readonly path: Buffer;
  readonly relativePath: string;
  readonly isNameText: boolean;
}

const isInside = (folder: string, path: string): boolean => {
  const between = relative(folder, path);
  return between === '' || (!isAbsolute(between) && between !== '..' && !between.startsWith(`..${sep}`));
};

/** One walk over one root. */
class Walk {
  readonly files: ListedFile[] = [];
  readonly setAside: SetAsideFile[] = [];
  readonly #rootRealPath: string;
  readonly #linkedFolders = new Set<string>();
  #pending: Visit[] = [];

  constructor(root: Visit, rootRealPath: string) {
    this.#rootRealPath = rootRealPath;
    this.#pending.push(root);
  }

  async run(): Promise<void> {
    for (let visit = this.#pending.pop(); visit; visit = this.#pending.pop()) await this.#visitFolder(visit);
  }

  async #visitFolder(folder: Visit): Promise<void> {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(folder.path, { withFileTypes: true, encoding: 'buffer' });
    } catch {
      const message = 'The folder cannot be opened. Check its permissions.';
      this.setAside.push(setAside(folder.relativePath || '.', 'file.unreadable', { message }));
      return;
    }
    for (const entry of entries) {
      const shown = showName(entry.name);
      const visit: Visit = {
        path: Buffer.concat([folder.path, slash, entry.name]),
        relativePath: folder.relativePath ? `${folder.relativePath}/${shown}` : shown,
        isNameText: folder.isNameText && isUtf8(entry.name),
      };
      await this.#visitEntry(entry, shown, visit);
    }
  }

  async #visitEntry(entry: Dirent<Buffer>, name: string, visit: Visit): Promise<void> {
    const { relativePath } = visit;
    const refuse = (reason: SetAsideFile['reason']) => this.setAside.push(setAside(relativePath, reason));
    if (systemNames.has(name.toLowerCase())) refuse('ignored.system');
    else if (name.startsWith('.')) refuse('ignored.hidden');
    else if (entry.isDirectory()) this.#pending.push(visit);
    else if (entry.isSymbolicLink()) await this.#visitLink(visit);
    else if (!entry.isFile()) refuse('file.special');
    else this.#addFile(visit);
  }

  #addFile(visit: Visit): void {
    const { path, relativePath, isNameText } = visit;
    if (isNameText) this.files.push({ path, relativePath });
    else this.setAside.push(setAside(relativePath, 'name.notText'));
  }

  async #visitLink(visit: Visit): Promise<void> {
    let target: Stats;
    let targetPath: string;
    try {
      target = await stat(visit.path);
      targetPath = await realpath(visit.path);
    } catch (error) {
      const isLoop = error instanceof Error && 'code' in error && error.code === 'ELOOP';
      this.setAside.push(setAside(visit.relativePath, isLoop ? 'link.loop' : 'link.broken'));
      return;
    }
    if (target.isFile()) this.#addFile(visit);
    else if (!target.isDirectory()) this.setAside.push(setAside(visit.relativePath, 'file.special'));
    else if (this.#isWalkedAnyway(targetPath)) this.setAside.push(setAside(visit.relativePath, 'link.loop'));
    else {
      this.#linkedFolders.add(targetPath);
      this.#pending.push(visit);
    }
  }

  /** A folder inside the root, around it, or reached by another link. */
  #isWalkedAnyway(folder: string): boolean {
    if (isInside(this.#rootRealPath, folder) || isInside(folder, this.#rootRealPath)) return true;
    for (const linked of this.#linkedFolders)
      if (isInside(linked, folder) || isInside(folder, linked)) return true;
    return false;
  }
}

/**
 * Lists all files under a folder in byte order of their relative paths. Hidden and system files, broken links, links
 * that lead back, and names that are not text are set aside; folders that cannot be opened too.
 * @param root absolute
 */
export async function listFolder(root: string): Promise<FolderListing> {
  const walk = new Walk(
    { path: Buffer.from(root), relativePath: '', isNameText: true },
    await realpath(root),
  );
  await walk.run();
  walk.files.sort((a, b) => compareBytes(a.relativePath, b.relativePath));
  walk.setAside.sort((a, b) => compareBytes(a.relativePath, b.relativePath));
  return { files: walk.files, setAside: walk.setAside };
}
