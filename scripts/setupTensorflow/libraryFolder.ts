// Finds TensorFlow's libraries and C headers in a folder: an unpacked libtensorflow, or the `tensorflow` folder of an
// installed or unpacked Python package.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engine/contract/errors.ts';

export interface LibraryFolder {
  /** Where the libraries lie, absolute if the folder given was. */
  readonly folder: string;
  /** The files to load and link, by the names that programs ask for. */
  readonly libraries: readonly string[];
  /** With tensorflow/c/c_api.h in it; undefined where there are no headers. */
  readonly headers: string | undefined;
  /** A binding that lies there already, to be used as it is. */
  readonly binding: string | undefined;
}

/** Names by which a program asks for the library, in the order of preference; each with its other half. */
const candidates: Readonly<Record<string, readonly (readonly string[])[]>> = {
  linux: [
    ['libtensorflow.so.2', 'libtensorflow_framework.so.2'],
    ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  ],
  darwin: [
    ['libtensorflow.2.dylib', 'libtensorflow_framework.2.dylib'],
    ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  ],
  win32: [['tensorflow.dll']],
};

/** Throws `file.missing` where the folder holds no library for this platform. */
export function findLibrary(root: string, platform: string = process.platform): LibraryFolder {
  if (!existsSync(root)) {
    throw new EngineError(
      'file.missing',
      `There is no folder ${root}; name the one that libtensorflow was unpacked into.`,
    );
  }
  const sets = candidates[platform] ?? [];
  for (const folder of [join(root, 'lib'), root]) {
    const libraries = sets.find((names) => names.every((name) => existsSync(join(folder, name))));
    if (libraries === undefined) continue;
    const headers = join(root, 'include');
    const binding = findFile(root, 'tfjs_binding.node', 1);
    const hasHeaders = existsSync(join(headers, 'tensorflow', 'c', 'c_api.h'));
    return { folder, libraries, headers: hasHeaders ? headers : undefined, binding };
  }
  const expected = sets.map((names) => names.join(' with ')).join(', or ');
  throw new EngineError(
    'file.missing',
    `${root} holds no TensorFlow library (${expected}, in it or in its lib).`,
  );
}

/** A file by name, in a folder or at most three folders down. */
export function findFile(folder: string, name: string, depth = 3): string | undefined {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.name === name && !entry.isDirectory())) return join(folder, name);
  if (depth === 0) return undefined;
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const found = findFile(join(folder, entry.name), name, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
