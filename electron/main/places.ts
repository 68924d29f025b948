// Where the app's parts lie, beside this bundle: the same in the built tree and in the package.
import { join } from 'node:path';
import { app } from 'electron';

const dist = join(import.meta.dirname, '..');

export const places = {
  renderer: join(dist, 'renderer'),
  preload: join(dist, 'electron', 'preload.cjs'),
  /** The engine's bundles; the one for the desktop app among them. */
  engine: join(dist, 'engine'),
  engineEntry: join(dist, 'engine', 'desktopEngine.mjs'),
  icons: join(dist, '..', 'resources', 'icons'),
  /** A file of its own in a package, so that the system can show it. */
  licences: join(app.isPackaged ? process.resourcesPath : dist, 'licences.txt'),
} as const;
