import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPackageWithOptions } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { checkIntegrity, hashHeader, listArchive } from '../../../scripts/package/archive.mjs';
import { listBundledPackages, renderLicences } from '../../../scripts/package/licences.mjs';
import { makeStandIn } from '../../../scripts/package/standIn.mjs';

let folder: string;
let archive: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-asar-'));
  const source = join(folder, 'source');
  mkdirSync(join(source, 'dist', 'engine'), { recursive: true });
  writeFileSync(join(source, 'package.json'), '{"main":"dist/main.mjs"}');
  writeFileSync(join(source, 'dist', 'engine', 'task.mjs'), 'export const marker = "unchanged";');
  writeFileSync(join(source, 'dist', 'engine', 'library.node'), 'library');
  archive = join(folder, 'app.asar');
  await createPackageWithOptions(source, archive, { unpack: '**/*.node' });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a package's archive", () => {
  test('lists what it holds and what lies beside it', () => {
    expect(listArchive(archive).map(({ path, isUnpacked }) => [path, isUnpacked])).toEqual([
      ['dist/engine/library.node', true],
      ['dist/engine/task.mjs', false],
      ['package.json', false],
    ]);
    expect(checkIntegrity(archive)).toEqual([]);
    expect(hashHeader(archive)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a changed file is found, in the archive and beside it', () => {
    const bytes = readFileSync(archive);
    bytes.write('tampered!', bytes.indexOf('unchanged'));
    writeFileSync(archive, bytes);
    writeFileSync(join(`${archive}.unpacked`, 'dist', 'engine', 'library.node'), 'LIBRARY');
    expect(checkIntegrity(archive)).toEqual([
      'dist/engine/library.node is not what its hash says',
      'dist/engine/task.mjs is not what its hash says',
    ]);
  });

  test('a library that is gone or cut short is found', () => {
    const library = join(`${archive}.unpacked`, 'dist', 'engine', 'library.node');
    writeFileSync(library, 'lib');
    expect(checkIntegrity(archive)[0]).toContain('has 3 bytes, its header says 7');
    rmSync(library);
    expect(checkIntegrity(archive)[0]).toContain('not beside the archive');
  });

  // Elsewhere, the fuses are looked for in another place.
  test.skipIf(process.platform === 'darwin')('the stand-in for Electron has fuses to set', async () => {
    const standIn = join(folder, 'electron');
    makeStandIn(standIn, '45.0.0');
    const program = join(standIn, process.platform === 'win32' ? 'electron.exe' : 'electron');
    expect((await getCurrentFuseWire(program))[FuseV1Options.RunAsNode]).toBe(FuseState.ENABLE);
  });
});

describe('licences', () => {
  test('of every package in a bundle are gathered, by its source map', () => {
    const modules = join(folder, 'node_modules');
    for (const [name, file] of [
      ['left', 'LICENSE'],
      ['@scope/right', 'license.md'],
    ] as const) {
      mkdirSync(join(modules, name), { recursive: true });
      writeFileSync(
        join(modules, name, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', license: 'MIT' }),
      );
      writeFileSync(join(modules, name, file), `Licence of ${name}`);
    }
    mkdirSync(join(folder, 'dist'));
    const sources = [
      '../own/a.ts',
      '../node_modules/left/index.js',
      '../node_modules/@scope/right/deep/a.js',
    ];
    writeFileSync(join(folder, 'dist', 'a.mjs.map'), JSON.stringify({ sources }));
    const text = renderLicences('Our own', listBundledPackages(join(folder, 'dist')));
    expect(text).toContain('Our own');
    expect(text).toContain('left 1.0.0\n\nLicence of left');
    expect(text).toContain('@scope/right 1.0.0\n\nLicence of @scope/right');
  });
});
