// Builds whatever of the app is older than its sources: the engine, the interface, the desktop shell.
import { fileURLToPath } from 'node:url';
import { buildEngine, isBuildStale } from './build.mjs';
import { buildElectron, isElectronStale } from './buildElectron.mjs';
import { buildRenderer, isRendererStale } from './buildRenderer.mjs';

export async function buildStale() {
  if (isBuildStale()) await buildEngine();
  if (isElectronStale()) await buildElectron();
  if (isRendererStale()) await buildRenderer();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildStale();
