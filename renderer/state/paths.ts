// Paths of the engine's machine, which may be another than the one that shows the interface: their separator tells.

/** Joins a folder and a name as the folder's own system does. */
export function joinPath(folder: string, name: string): string {
  const separator = folder.includes('\\') && !folder.includes('/') ? '\\' : '/';
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** A project's name as a folder's name that every system takes; may be empty. */
export function folderNameOf(name: string): string {
  return (
    name
      .normalize('NFC')
      // What Windows refuses, and control characters.
      .replace(/[<>:"/\\|?*\p{Cc}]/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[. ]+$/, '')
      .slice(0, 80)
  );
}
