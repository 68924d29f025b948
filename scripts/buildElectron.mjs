// Bundles the desktop app's main process and preload script into dist/electron. The engine's process is among the engine's
// bundles (scripts/build.mjs).
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOlderThanSources } from './sourceAge.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outputFolder = join(root, 'dist', 'electron');

const bundles = [
  { input: { main: 'electron/main/main.ts' }, format: 'esm', extension: 'mjs' },
  // A sandboxed preload script cannot be an ES module.
  { input: { preload: 'electron/preload/preload.ts' }, format: 'cjs', extension: 'cjs' },
];

/** Builds beside and then renames, so that an app that starts meanwhile finds a whole build. */
export async function buildElectron() {
  const { rolldown } = await import('rolldown');
  const fresh = `${outputFolder}.${process.pid}`;
  for (const { input, format, extension } of bundles) {
    const bundle = await rolldown({ cwd: root, input, platform: 'node', external: ['electron', /^node:/] });
    await bundle.write({ dir: fresh, format, entryFileNames: `[name].${extension}`, sourcemap: true });
    await bundle.close();
  }
  const old = `${fresh}.old`;
  if (existsSync(outputFolder)) renameSync(outputFolder, old);
  renameSync(fresh, outputFolder);
  rmSync(old, { recursive: true, force: true });
}

/** True when any source that the bundles are made of is newer than they are. */
export function isElectronStale() {
  const sources = ['electron', 'engine/contract', 'engine/web', 'package.json'];
  return isOlderThanSources(
    join(outputFolder, 'main.mjs'),
    sources.map((source) => join(root, source)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildElectron();
