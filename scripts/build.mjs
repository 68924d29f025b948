// Bundles the engine's entry points into dist/engine. Native packages stay outside the bundle.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { isOlderThanSources } from './sourceAge.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outputFolder = join(root, 'dist', 'engine');

/** Entry points: each one is started as a process or a worker thread of its own. */
const entries = {
  thimble: 'engine/cli/main.ts',
  trainer: 'engine/run/trainerProcess.ts',
  task: 'engine/run/taskProcess.ts',
  device: 'engine/run/devices/deviceProcess.ts',
  deviceCheck: 'engine/cli/device/checkProcess.ts',
  bench: 'engine/cli/bench/benchProcess.ts',
  imageWorker: 'engine/data/imageWorker.ts',
  stepWorker: 'engine/run/training/stepWorker.ts',
  tensorflowProbe: 'engine/runtime/tensorflowProbe.ts',
  desktopEngine: 'electron/engine/engineProcess.ts',
};

const external = ['onnxruntime-node', 'better-sqlite3', 'sharp', /^node:/];

/** An optional package, whose absence only takes the executor that is made of it. */
const tensorflowPackage = '@tensorflow/tfjs-node-gpu';
const hasTensorflow = existsSync(join(root, 'node_modules', tensorflowPackage, 'dist'));

function openBundle(input) {
  return rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: hasTensorflow ? external : [...external, new RegExp(`^${tensorflowPackage}/`)],
    resolve: {
      mainFields: ['module', 'main'],
      // TensorFlow's kernels ask for the union of all tfjs packages and use its core alone.
      alias: { '@tensorflow/tfjs': join(root, 'engine', 'runtime', 'tensorflowCore.ts') },
    },
    checks: { circularDependency: false, eval: false },
    logLevel: 'warn',
    onLog(level, log, handler) {
      if (log.message.includes('node_modules')) return;
      handler(level, log);
    },
  });
}

/** Bundles one program that is no part of the app into a folder of its own; answers its path. */
export async function bundleProgram(file, folder) {
  const name = basename(file).replace(/\.ts$/, '');
  const bundle = await openBundle({ [name]: file });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', cleanDir: true });
  await bundle.close();
  return join(folder, `${name}.mjs`);
}

/** Bundles such a program for as long as `body(path)` runs; answers what that does. It lies where it finds the native packages. */
export async function withBundledProgram(file, body) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'program-'));
  try {
    return await body(await bundleProgram(file, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles every entry point that exists. */
export async function buildEngine() {
  const input = Object.fromEntries(
    Object.entries(entries).filter(([, file]) => existsSync(join(root, file))),
  );
  if (Object.keys(input).length === 0) return;
  const bundle = await openBundle(input);
  // Written beside and then renamed, so that a process that starts meanwhile finds a whole build.
  const fresh = `${outputFolder}.${process.pid}`;
  await bundle.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
    sourcemap: true,
    cleanDir: true,
  });
  await bundle.close();
  const old = `${fresh}.old`;
  if (existsSync(outputFolder)) renameSync(outputFolder, old);
  renameSync(fresh, outputFolder);
  rmSync(old, { recursive: true, force: true });
}

/** True when any source or the lock file is newer than the bundle. */
export function isBuildStale() {
  const sources = ['engine', 'electron/engine', 'electron/ipc', 'package.json'];
  return isOlderThanSources(
    join(outputFolder, 'thimble.mjs'),
    sources.map((source) => join(root, source)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildEngine();
