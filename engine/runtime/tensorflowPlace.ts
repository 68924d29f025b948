// Where TensorFlow's native parts lie once `npm run setup:tensorflow` has put them there, and the note that it leaves
// beside them. Only files are read here; nothing native is loaded.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findDataFolder } from '../project/dataFolder.ts';

/** The packages whose kernels are used; the binding must be of this very version. */
export const tensorflowPackageVersion = '4.22.0';
export const noteName = 'tensorflow.json';
const noteFormat = 1;

/** What setup notes of what it put there. Paths are relative to the note's folder, with `/`, or absolute. */
export interface TensorflowNote {
  readonly format: typeof noteFormat;
  readonly packageVersion: string;
  /** TensorFlow's own version, as its library gives it. */
  readonly libraryVersion: string;
  /** What TensorFlow computed on when setup tried it. */
  readonly device: 'cpu' | 'gpu';
  readonly platform: string;
  readonly arch: string;
  readonly binding: string;
  /** The libraries that the binding loads. */
  readonly libraries: readonly string[];
  /** Where everything came from: addresses, or the folder that was given. */
  readonly origins: readonly string[];
}

export interface TensorflowPlace {
  readonly folder: string;
  readonly note: TensorflowNote;
}

export interface TensorflowObstacle {
  readonly reason: string;
  readonly remedy: string;
}

/** Where setup puts the native parts unless told otherwise: THIMBLE_TENSORFLOW, else in the app's own data. */
export function defaultTensorflowFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['THIMBLE_TENSORFLOW'];
  return named ? resolve(named) : join(findDataFolder(env), 'tensorflow');
}

/** The nearest of this folder and those above it that holds a file; undefined where none does. */
function findAbove(file: string, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

const here = dirname(fileURLToPath(import.meta.url));

/** `resources/tensorflow` of the app's GPU edition; undefined elsewhere. */
function findShippedFolder(): string | undefined {
  const root = findAbove(join('resources', 'tensorflow', noteName), here);
  return root === undefined ? undefined : join(root, 'resources', 'tensorflow');
}

/** What to do where TensorFlow is not set up: an installed app has no npm. @param start where this program lies */
export function describeSetup(start = here): string {
  const isInstalled = findAbove(join('scripts', 'setupTensorflow', 'main.ts'), start) === undefined;
  return isInstalled
    ? 'Install the GPU edition of Thimble, which brings it along, or set it up from Thimble’s source code: the app finds it there too (docs/tensorflow.md).'
    : 'Run npm run setup:tensorflow, with -- --gpu for an NVIDIA GPU (docs/tensorflow.md).';
}

const isText = (value: unknown): value is string => typeof value === 'string';
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

/** The note of a folder; undefined where there is none that can be read. */
export function readNote(folder: string): TensorflowNote | undefined {
  try {
    const note = JSON.parse(readFileSync(join(folder, noteName), 'utf8')) as Partial<TensorflowNote>;
    const { packageVersion, libraryVersion, platform, arch, binding } = note;
    const isWhole =
      note.format === noteFormat &&
      [packageVersion, libraryVersion, platform, arch, binding].every(isText) &&
      (note.device === 'cpu' || note.device === 'gpu') &&
      areTexts(note.libraries) &&
      areTexts(note.origins);
    return isWhole ? (note as TensorflowNote) : undefined;
  } catch {
    return undefined;
  }
}

/** What a folder lacks before its binding can be loaded here; undefined where nothing. */
export function findFault({ folder, note }: TensorflowPlace): string | undefined {
  const { packageVersion, platform, arch, binding, libraries } = note;
  if (platform !== process.platform || arch !== process.arch) {
    return `TensorFlow in ${folder} is for ${platform} ${arch}, this is ${process.platform} ${process.arch}`;
  }
  if (packageVersion !== tensorflowPackageVersion) {
    return `TensorFlow in ${folder} was set up for tfjs-node ${packageVersion}, this is ${tensorflowPackageVersion}`;
  }
  const missing = [binding, ...libraries].find((file) => !existsSync(resolve(folder, file)));
  return missing === undefined ? undefined : `${resolve(folder, missing)} is no longer there`;
}

/** TensorFlow as it is set up for this program, or why it cannot be used: the person's own first, then what is shipped. */
export function findTensorflow(
  folders: readonly (string | undefined)[] = [defaultTensorflowFolder(), findShippedFolder()],
): TensorflowPlace | TensorflowObstacle {
  const places = folders.flatMap((folder) => {
    const note = folder === undefined ? undefined : readNote(folder);
    return folder === undefined || note === undefined ? [] : [{ folder, note }];
  });
  if (places.length === 0)
    return { reason: 'TensorFlow is not set up on this machine', remedy: describeSetup() };
  const usable = places.find((place) => findFault(place) === undefined);
  return usable ?? { reason: findFault(places[0]!)!, remedy: describeSetup() };
}
