// Puts TensorFlow's native parts into a folder: fetched or taken from a folder that is there, tried in a process of their
// own, and only then moved to where executors look. Whatever fails, what was there before stays.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { EngineError } from '../../engine/contract/errors.ts';
import {
  noteName,
  tensorflowPackageVersion,
  type TensorflowNote,
} from '../../engine/runtime/tensorflowPlace.ts';
import { buildBinding } from './buildBinding.ts';
import { askSize, fetchFile, unpack } from './fetchFile.ts';
import { findFile, findLibrary, type LibraryFolder } from './libraryFolder.ts';
import { findSources, type System, type Variant } from './sources.ts';
import type { TryTensorflow } from './tryTensorflow.ts';

/** The same places as in tfjs-node's package: ready bindings look for the library at `../../deps/lib`. */
const bindingFile = 'lib/napi-v8/tfjs_binding.node';
const libraryPlace = 'deps/lib';

export interface Download {
  readonly what: string;
  readonly address: string;
  /** NaN where the server does not say. */
  readonly sizeBytes: number;
}

export interface SetupRequest {
  /** This project. */
  readonly root: string;
  /** The folder to make. */
  readonly target: string;
  readonly variant: Variant;
  readonly system: System;
  /** A folder with TensorFlow's library, used instead of fetching one. */
  readonly local: string | undefined;
  /** Makes a folder for the app's GPU edition: whole in itself, and for GPUs that other machines have. */
  readonly ships: boolean;
  /** Whether the person wants these fetched. */
  readonly confirm: (downloads: readonly Download[]) => Promise<boolean>;
  readonly say: (sentence: string) => void;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly tryOut: TryTensorflow;
  readonly build?: typeof buildBinding;
}

/** What the note says of the libraries and where they came from. */
type Origin = Pick<TensorflowNote, 'libraries' | 'origins'>;

/** Throws `file.exists` where the target is something that setup did not make. */
function assertOurs(target: string): void {
  if (!existsSync(target) || readdirSync(target).length === 0 || existsSync(join(target, noteName))) return;
  throw new EngineError('file.exists', `${target} holds something else; name another folder with --to.`);
}

/** Sizes of what must be fetched. A ready binding that is not offered for this system is left out: it is built instead. */
async function planDownloads({ system, variant }: SetupRequest): Promise<Download[]> {
  const sources = findSources(system, variant);
  const library = {
    what: 'TensorFlow’s C library',
    address: sources.library,
    sizeBytes: await askSize(sources.library),
  };
  if (sources.binding === undefined) return [library];
  try {
    const sizeBytes = await askSize(sources.binding);
    return [library, { what: 'tfjs-node’s binding to it', address: sources.binding, sizeBytes }];
  } catch (error) {
    if (error instanceof EngineError && error.code === 'file.missing' && system.platform !== 'win32')
      return [library];
    throw error;
  }
}

async function fetchParts(request: SetupRequest, fresh: string): Promise<Origin> {
  const { say, onProgress, root } = request;
  const downloads = await planDownloads(request);
  if (!(await request.confirm(downloads))) throw new EngineError('cancelled', 'Nothing was fetched.');
  const origins: string[] = [];
  const folders = [join(fresh, 'deps'), join(fresh, 'ready')];
  for (const [index, { what, address }] of downloads.entries()) {
    say(`Fetching ${what}…`);
    const archive = join(fresh, basename(new URL(address).pathname));
    const { sha256 } = await fetchFile(address, archive, onProgress);
    say(`Unpacking ${basename(archive)}…`);
    await unpack(archive, folders[index]!);
    rmSync(archive);
    origins.push(`${address} sha256 ${sha256}`);
  }
  gatherDll(join(fresh, 'deps'));
  const library = findLibrary(join(fresh, 'deps'));
  await placeBinding(request, fresh, library, downloads.length > 1 ? join(fresh, 'ready') : undefined, root);
  return { libraries: library.libraries.map((name) => `${libraryPlace}/${name}`), origins };
}

/** Windows archives have been made with the library in the root. */
function gatherDll(deps: string): void {
  const loose = join(deps, 'tensorflow.dll');
  if (!existsSync(loose)) return;
  mkdirSync(join(deps, 'lib'), { recursive: true });
  renameSync(loose, join(deps, 'lib', 'tensorflow.dll'));
}

async function placeBinding(
  { say, build = buildBinding }: SetupRequest,
  fresh: string,
  library: LibraryFolder,
  ready: string | undefined,
  root: string,
): Promise<void> {
  const output = join(fresh, bindingFile);
  mkdirSync(dirname(output), { recursive: true });
  if (ready === undefined) {
    say('Building tfjs-node’s binding with the C++ compiler…');
    await build({ root, library, runPath: nearPath(), output });
  } else {
    const found = findFile(ready, 'tfjs_binding.node');
    if (found === undefined)
      throw new EngineError('file.corrupt', 'The binding’s archive holds no tfjs_binding.node.');
    copyFileSync(found, output);
    rmSync(ready, { recursive: true });
  }
  // Windows looks beside the binding.
  if (process.platform === 'win32') {
    for (const name of library.libraries)
      copyFileSync(join(library.folder, name), join(dirname(output), name));
  }
}

/** Where a binding finds a library that lies with it. */
function nearPath(): string {
  return process.platform === 'darwin' ? '@loader_path/../../deps/lib' : '$ORIGIN/../../deps/lib';
}

async function useLocal(request: SetupRequest, fresh: string, local: string): Promise<Origin> {
  const { root, say, ships, build = buildBinding } = request;
  const found = findLibrary(resolve(local));
  const origins = [`the folder ${resolve(local)}`];
  if (found.binding !== undefined || ships) {
    say(`Copying TensorFlow from ${found.folder}…`);
    const near = join(fresh, libraryPlace);
    mkdirSync(near, { recursive: true });
    for (const name of found.libraries) copyFileSync(join(found.folder, name), join(near, name));
    const ready = found.binding === undefined ? undefined : join(fresh, 'ready');
    if (ready !== undefined) {
      mkdirSync(ready);
      copyFileSync(found.binding!, join(ready, 'tfjs_binding.node'));
    }
    await placeBinding(request, fresh, { ...found, folder: near }, ready, root);
    return { libraries: found.libraries.map((name) => `${libraryPlace}/${name}`), origins };
  }
  const folder = realpathSync(found.folder);
  say('Building tfjs-node’s binding with the C++ compiler…');
  await build({ root, library: { ...found, folder }, runPath: folder, output: join(fresh, bindingFile) });
  return { libraries: found.libraries.map((name) => join(folder, name)), origins };
}

/** Replaces the target by the fresh folder; where that fails the target is as it was. */
function moveInto(target: string, fresh: string): void {
  const old = `${fresh}.old`;
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
  } catch (cause) {
    if (existsSync(old)) renameSync(old, target);
    throw new EngineError('file.unwritable', `${target} is in use; close Thimble and try again.`, { cause });
  }
  rmSync(old, { recursive: true, force: true });
}

/**
 * Sets TensorFlow up. Throws an EngineError whose message is a sentence for a person; the target is then as it was.
 * `cancelled` where the person does not want the downloads.
 */
export async function setUp(request: SetupRequest): Promise<TensorflowNote> {
  const { target, variant, system, local, ships, say, tryOut } = request;
  assertOurs(target);
  const fresh = `${target}.new-${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    const origin =
      local === undefined ? await fetchParts(request, fresh) : await useLocal(request, fresh, local);
    rmSync(join(fresh, 'deps', 'include'), { recursive: true, force: true });
    const { platform, arch } = system;
    const draft = {
      format: 1,
      packageVersion: tensorflowPackageVersion,
      libraryVersion: '',
      device: 'cpu',
      platform,
      arch,
      binding: bindingFile,
      ...origin,
    } as const;
    say('Trying it in a process of its own…');
    const { device, libraryVersion, gpuNotes } = await tryOut({ folder: fresh, note: draft });
    if (variant === 'gpu' && device === 'cpu' && !ships) {
      const why = gpuNotes.length > 0 ? ` It says:\n  ${gpuNotes.join('\n  ')}` : '';
      throw new EngineError(
        'executor.unavailable',
        `TensorFlow ${libraryVersion} runs, but sees no GPU.${why}`,
      );
    }
    const note: TensorflowNote = { ...draft, libraryVersion, device: ships ? variant : device };
    writeFileSync(join(fresh, noteName), `${JSON.stringify(note, null, 2)}\n`);
    moveInto(target, fresh);
    return note;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
