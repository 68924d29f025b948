// Which project a start of the program asks for: a folder, its database, or the file that stands for it.
import { statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ending of the file in a project's folder that opens it; only its place counts, not what it says. */
export const projectFileExtension = '.thimble';

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** The project's folder; null where the path is no project. */
export function findProjectFolder(path: string): string | null {
  const stands = extname(path) === projectFileExtension || basename(path) === 'project.db';
  const folder = stands && isFile(path) ? dirname(path) : path;
  return isFile(join(folder, 'project.db')) ? folder : null;
}

/** Linux desktops name files by address. */
function asPath(argument: string): string {
  try {
    return argument.startsWith('file:') ? fileURLToPath(argument) : argument;
  } catch {
    // An address of another computer is no path here.
    return argument;
  }
}

/** The first argument that names a project, seen from the folder that the program was started in. */
export function findOpenedProject(argumentList: readonly string[], workingFolder: string): string | null {
  for (const argument of argumentList) {
    // Switches of Chromium and Electron come in the same list.
    if (argument === '' || argument.startsWith('-')) continue;
    const folder = findProjectFolder(resolve(workingFolder, asPath(argument)));
    if (folder !== null) return folder;
  }
  return null;
}
