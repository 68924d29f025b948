// Where the built renderer lies: beside the engine's bundle, or where the build puts it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../contract/errors.ts';

/** Throws file.missing when it is not built. */
export function findRenderer(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'dist', 'renderer'), join(folder, 'renderer')]) {
      // The sources have an index.html as well; only a build has assets.
      if (existsSync(join(candidate, 'index.html')) && existsSync(join(candidate, 'assets')))
        return candidate;
    }
    if (folder === dirname(folder)) {
      throw new EngineError('file.missing', 'the interface is not built: run `npm run build`');
    }
  }
}
