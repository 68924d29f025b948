// Where the app's parts lie, beside this bundle: the same in the built tree and in the package.
import { join } from 'node:path';

const dist = join(import.meta.dirname, '..');

export const places = {
  renderer: join(dist, 'renderer'),
  preload: join(dist, 'electron', 'preload.cjs'),
  /** The engine's bundles; the one for the desktop app among them. */
  engine: join(dist, 'engine'),
  engineEntry: join(dist, 'engine', 'desktopEngine.mjs'),
  icons: join(dist, '..', 'resources', 'icons'),
  licences: join(dist, 'licences.txt'),
} as const;
