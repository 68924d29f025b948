// Finds the file that a path of the renderer's address names, and nothing outside the renderer's folder.
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

export interface StaticFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mime: string;
  /** True where the name holds a hash of the content, so that a copy never goes stale. */
  readonly isImmutable: boolean;
}

/** What the renderer's build is made of; a file with any other ending is not served. */
const mimeTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** The parts of an address's path; null where it is not one that a file of ours could have. */
function splitPath(pathname: string): string[] | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    // A percent sign without two digits: no address of ours.
    return null;
  }
  // Backslashes and colons mean something in file names on Windows only: drives, streams, separators.
  if (/[\0\\:]/.test(decoded)) return null;
  const parts = decoded.split('/').filter((part) => part !== '');
  return parts.some((part) => part.startsWith('.')) ? null : parts;
}

/** The file that a path names; null where there is none, however it is spelled. `/` is index.html. */
export async function findStaticFile(folder: string, pathname: string): Promise<StaticFile | null> {
  const parts = splitPath(pathname);
  if (parts === null) return null;
  const name = parts.length === 0 ? ['index.html'] : parts;
  const mime = mimeTypes[extname(name.at(-1)!).toLowerCase()];
  if (mime === undefined) return null;
  try {
    // Links are followed before the check, so that none leads out of the folder.
    const root = await realpath(folder);
    const path = await realpath(join(root, ...name));
    if (!path.startsWith(root + sep)) return null;
    const found = await stat(path);
    if (!found.isFile()) return null;
    return { path, sizeBytes: found.size, mime, isImmutable: name[0] === 'assets' };
  } catch {
    // Not there, or not readable: the same to whoever asks.
    return null;
  }
}
