// Where the images that ship with Thimble are.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../contract/errors.ts';

/** The sample beside the program: next to the sources, or where an installer puts resources. Throws file.missing. */
export function findSampleFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'resources', 'sample'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new EngineError('file.missing', 'the sample that ships with Thimble is not there');
    folder = parent;
  }
  return join(folder, 'resources', 'sample');
}
