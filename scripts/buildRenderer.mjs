// Bundles the interface into dist/renderer. Separate from the engine's build, because the command line needs none.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOlderThanSources } from './sourceAge.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outputFolder = join(root, 'dist', 'renderer');

/** Builds beside and then renames, so that a page that loads meanwhile finds a whole build. */
export async function buildRenderer() {
  const { build } = await import('vite');
  const fresh = `${outputFolder}.${process.pid}`;
  await build({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: fresh },
  });
  const old = `${fresh}.old`;
  if (existsSync(outputFolder)) renameSync(outputFolder, old);
  renameSync(fresh, outputFolder);
  rmSync(old, { recursive: true, force: true });
}

/** True when any source that the interface is made of is newer than its bundle. */
export function isRendererStale() {
  const sources = ['renderer', 'engine/contract', 'electron/ipc', 'package.json', 'docs/glossary.md'];
  return isOlderThanSources(
    join(outputFolder, 'index.html'),
    sources.map((source) => join(root, source)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildRenderer();
