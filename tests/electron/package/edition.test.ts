// Which edition is packaged, and what a folder with TensorFlow must be to be shipped.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  checkShippedTensorflow,
  checkTensorflowFolder,
  editionConfig,
  readEdition,
} from '../../../scripts/package/edition.mjs';

const system = { platform: 'linux', arch: 'x64' };
const note = {
  platform: 'linux',
  arch: 'x64',
  device: 'gpu',
  binding: 'lib/napi-v8/tfjs_binding.node',
  libraries: ['deps/lib/libtensorflow.so.2'],
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-edition-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function makeFolder(folder: string, changes: Partial<typeof note> = {}): string {
  for (const file of [note.binding, ...note.libraries]) write(join(folder, file), file);
  write(join(folder, 'tensorflow.json'), JSON.stringify({ ...note, ...changes }));
  return folder;
}

describe('the edition', () => {
  test('is the usual one unless another is named', () => {
    expect(readEdition([])).toEqual({ name: 'usual', installers: false });
    expect(readEdition(['--edition', 'gpu', '--tensorflow', root, '--installers'])).toEqual({
      name: 'gpu',
      tensorflow: root,
      installers: true,
    });
    expect(() => readEdition(['--edition', 'golden'])).toThrow('usual or gpu');
    expect(() => readEdition(['--edition', 'gpu'])).toThrow('setup:tensorflow -- --gpu --ship');
    expect(() => readEdition(['--installer'])).toThrow();
  });

  test('has its own name, and TensorFlow where the engine looks for it', async () => {
    expect(editionConfig({ name: 'usual', installers: false })).toEqual({});
    const tensorflow = makeFolder(join(root, 'made'));
    const config = editionConfig({ name: 'gpu', tensorflow, installers: false });
    expect(config.linux?.artifactName).toContain('-gpu-');
    const resources = join(root, 'app', 'resources');
    await config.afterPack!({ appOutDir: join(root, 'app'), packager: { getResourcesDir: () => resources } });
    const shipped = join(resources, 'resources', 'tensorflow');
    expect(checkTensorflowFolder(shipped, system)).toEqual([]);
    expect(checkShippedTensorflow('usual', resources, system, '')).toEqual([
      expect.stringContaining('belongs to the GPU edition alone'),
    ]);
    expect(checkShippedTensorflow('usual', join(root, 'made'), system, '')).toEqual([]);
  });
});

describe('a folder to ship', () => {
  test('is whole in itself, for the system and for a GPU', () => {
    expect(checkTensorflowFolder(makeFolder(root), system)).toEqual([]);
    expect(checkTensorflowFolder(root, { platform: 'win32', arch: 'x64' })).toEqual([
      expect.stringContaining('is for linux x64'),
    ]);
    expect(checkTensorflowFolder(makeFolder(root, { device: 'cpu' }), system)).toEqual([
      expect.stringContaining('not made for a GPU'),
    ]);
    expect(checkTensorflowFolder(join(root, 'nothing'), system)).toEqual([
      expect.stringContaining('holds no tensorflow.json'),
    ]);
  });

  test('points to nothing outside, and lacks nothing', () => {
    makeFolder(root, { libraries: [join(root, 'elsewhere.so'), 'deps/lib/gone.so'] });
    expect(checkTensorflowFolder(root, system)).toEqual([
      expect.stringContaining('lies elsewhere'),
      expect.stringContaining('gone.so is missing'),
    ]);
  });

  test('is tried with the packaged probe', () => {
    const resources = join(root, 'resources');
    makeFolder(join(resources, 'resources', 'tensorflow'));
    const program = join(root, 'probe.mjs');
    write(program, 'if (JSON.parse(process.argv[2]).note.device !== "cpu") process.exitCode = 1;');
    expect(checkShippedTensorflow('gpu', resources, system, program)).toEqual([]);
    write(program, 'console.error("first\\nno such library"); process.exitCode = 1;');
    expect(checkShippedTensorflow('gpu', resources, system, program)).toEqual([
      'the shipped TensorFlow does not compute: no such library',
    ]);
  });
});
