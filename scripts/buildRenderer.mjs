// Bundles the interface into dist/renderer. Separate from the engine's build, because the command line needs none.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const built = join(outputFolder, 'index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = ['renderer', 'engine/contract', 'electron/ipc', 'package.json', 'docs/glossary.md'];
  return sources.some((source) => newestChange(join(root, source)) > builtAt);
}

function newestChange(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildRenderer();
