// Builds tfjs-node's binding from the sources in its package, with the system's C++ compiler and against a library that is
// already there. What node-gyp would fetch (Node-API's four headers) comes with Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EngineError } from '../../engine/contract/errors.ts';
import type { LibraryFolder } from './libraryFolder.ts';

const nodeApi = 8;

function findCompiler(env: NodeJS.ProcessEnv): string {
  const named = env['CXX'];
  const found = (named ? [named] : ['c++', 'g++', 'clang++']).find(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (found !== undefined) return found;
  const how =
    process.platform === 'darwin' ? 'xcode-select --install' : 'on Debian and Ubuntu: apt install g++';
  throw new EngineError(
    'file.missing',
    `There is no C++ compiler (${named ?? 'c++, g++, clang++'}); install one (${how}) and try again.`,
  );
}

/** Node's headers: beside the Node that runs, in a package of this project, or where systems put them. */
function findNodeHeaders(root: string): string {
  const candidates = [
    join(dirname(process.execPath), '..', 'include', 'node'),
    join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'include', 'node'),
    join(root, 'node_modules', 'node-api-headers', 'include'),
    '/usr/include/node',
    '/usr/local/include/node',
    '/opt/homebrew/include/node',
  ];
  const found = candidates.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found !== undefined) return found;
  throw new EngineError(
    'file.missing',
    'Node’s header node_api.h is not there; `npm install --no-save node-api-headers` brings it, then try again.',
  );
}

function linkArguments({ folder, libraries }: LibraryFolder, runPath: string): string[] {
  const files = libraries.map((name) => join(folder, name));
  if (process.platform === 'darwin') {
    return ['-bundle', '-undefined', 'dynamic_lookup', ...files, `-Wl,-rpath,${runPath}`];
  }
  return ['-shared', ...files, `-Wl,-rpath,${runPath}`];
}

export interface BuildRequest {
  /** This project, whose node_modules hold the sources. */
  readonly root: string;
  readonly library: LibraryFolder;
  /** Where the binding will look for the library: a folder, or one relative to itself (`$ORIGIN/…`). */
  readonly runPath: string;
  /** The file to write. */
  readonly output: string;
}

/** Takes about half a minute. Throws `file.missing` (compiler, headers, sources), `executor.unavailable` (it does not compile). */
export async function buildBinding({ root, library, runPath, output }: BuildRequest): Promise<void> {
  if (process.platform === 'win32') {
    throw new EngineError(
      'executor.unavailable',
      'On Windows the binding is not built here; put tfjs-node’s tfjs_binding.node into the folder of the library (docs/tensorflow.md).',
    );
  }
  const sources = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding');
  if (!existsSync(sources)) {
    throw new EngineError(
      'file.missing',
      'The package @tensorflow/tfjs-node-gpu is not there; `npm install` brings it, then try again.',
    );
  }
  if (library.headers === undefined) {
    throw new EngineError(
      'file.missing',
      `There are no C headers (include/tensorflow/c) beside ${library.folder}; unpack the whole of libtensorflow.`,
    );
  }
  mkdirSync(dirname(output), { recursive: true });
  await compile(findCompiler(process.env), [
    '-std=c++17',
    '-O2',
    '-fPIC',
    `-DNAPI_VERSION=${nodeApi}`,
    `-I${findNodeHeaders(root)}`,
    `-I${library.headers}`,
    join(sources, 'tfjs_backend.cc'),
    join(sources, 'tfjs_binding.cc'),
    ...linkArguments(library, runPath),
    '-o',
    output,
  ]);
}

async function compile(compiler: string, argumentList: readonly string[]): Promise<void> {
  const words = await new Promise<string | undefined>((resolve) => {
    const child = spawn(compiler, argumentList, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : text));
  });
  if (words === undefined) return;
  const first = words.split('\n').find((line) => /error|undefined/.test(line)) ?? words.trim().split('\n')[0];
  throw new EngineError(
    'executor.unavailable',
    `tfjs-node’s binding does not compile against this TensorFlow: ${first}`,
    {
      details: { output: words },
    },
  );
}
