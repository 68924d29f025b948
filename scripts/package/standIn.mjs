// A folder in the shape of Electron's own distribution, for machines that have none: the package around it is real, only the
// program itself is missing. It holds the fuses, so that setting and reading them is real too.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 9;
const message =
  '#!/bin/sh\necho "This is a stand-in: Electron could not be had where this was packaged." >&2\nexit 1\n';

/** @param folder is made. */
export function makeStandIn(folder, version) {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  // A fuse is a character, `1` on and `0` off, after the sentinel, the wire's version and its length.
  const fuses = Buffer.concat([
    Buffer.from(`${message}# ${fuseSentinel}`),
    Buffer.from([1, fuseCount]),
    Buffer.from('1'.repeat(fuseCount)),
  ]);
  const program = process.platform === 'win32' ? 'electron.exe' : 'electron';
  writeFileSync(join(folder, program), fuses);
  chmodSync(join(folder, program), 0o755);
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), 'Electron is not in this folder.\n');
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '');
}
