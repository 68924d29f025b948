// The executor on TensorFlow where TensorFlow is not: what is said instead, and that nothing native is touched. The steps
// themselves are compared on the library by `npm run check:tensorflow`.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExecutor, listExecutors } from '../../../engine/runtime/executors.ts';
import { loadTensorflow, restoreNodeUtil } from '../../../engine/runtime/tensorflowBackend.ts';
import {
  createTensorflowExecutor,
  findTensorflowObstacle,
  tensorflowKind,
  tensorflowLabel,
} from '../../../engine/runtime/tensorflowExecutor.ts';
import {
  defaultTensorflowFolder,
  describeSetup,
  findTensorflow,
  noteName,
  tensorflowPackageVersion,
  type TensorflowNote,
} from '../../../engine/runtime/tensorflowPlace.ts';
import { smallProgram } from '../trace/smallProgram.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-tensorflow-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const note: TensorflowNote = {
  format: 1,
  packageVersion: tensorflowPackageVersion,
  libraryVersion: '2.9.1',
  device: 'gpu',
  platform: process.platform,
  arch: process.arch,
  binding: 'lib/tfjs_binding.node',
  libraries: ['deps/libtensorflow.so.2'],
  origins: [],
};

/** A folder as setup leaves it, but with files that hold nothing. */
function setUp(name: string, changes: Partial<TensorflowNote> = {}): string {
  const folder = join(root, name);
  const whole = { ...note, ...changes };
  for (const file of [whole.binding, ...whole.libraries]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  writeFileSync(join(folder, noteName), JSON.stringify(whole));
  return folder;
}

const reasonOf = (...folders: string[]) => findTensorflowObstacle(findTensorflow(folders))?.reason;

describe('TensorFlow that is not set up', () => {
  test('is listed as such, with the one thing to do about it', async () => {
    const entry = (await listExecutors()).find(({ id }) => id === 'eager-tensorflow');
    expect(entry).toMatchObject({
      available: false,
      kind: 'cpu',
      label: expect.stringContaining('TensorFlow'),
    });
    expect(entry?.reason).toContain('not set up');
    expect(entry?.remedy).toContain('npm run setup:tensorflow');
  });

  test('is told of without npm in an installed app', () => {
    expect(describeSetup(root)).toContain('GPU edition');
    expect(describeSetup(root)).not.toContain('npm');
  });

  test('is refused by name', async () => {
    await expect(createExecutor('eager-tensorflow')).rejects.toMatchObject({
      code: 'executor.unavailable',
      message: expect.stringContaining('not set up'),
    });
  });
});

describe('where TensorFlow is looked for', () => {
  test('is the folder that is named, else the app’s own data', () => {
    expect(defaultTensorflowFolder({ THIMBLE_TENSORFLOW: root, THIMBLE_DATA: '/data' })).toBe(root);
    expect(defaultTensorflowFolder({ THIMBLE_TENSORFLOW: '', THIMBLE_DATA: '/data' })).toBe(
      join('/data', 'tensorflow'),
    );
  });

  test('a folder as setup leaves it is taken, its device and version said', () => {
    const found = findTensorflow([setUp('whole')]);
    expect(findTensorflowObstacle(found)).toBeUndefined();
    expect([tensorflowKind(found), tensorflowLabel(found)]).toEqual([
      'gpu',
      'TensorFlow 2.9.1 on the GPU, operation by operation',
    ]);
  });

  test('what can be used goes before what cannot, else the first’s fault is told', () => {
    const old = setUp('old', { packageVersion: '4.21.0' });
    expect(findTensorflow([old, setUp('whole')])).toMatchObject({ folder: join(root, 'whole') });
    expect(reasonOf(old, join(root, 'nothing'))).toContain('tfjs-node 4.21.0');
  });

  test('another system’s, a library that went away and a damaged note are told apart', () => {
    expect(reasonOf(setUp('foreign', { arch: 'vax' }))).toContain('vax');
    const linked = setUp('linked');
    rmSync(join(linked, 'deps', 'libtensorflow.so.2'));
    symlinkSync(join(root, 'gone.so'), join(linked, 'deps', 'libtensorflow.so.2'));
    expect(reasonOf(linked)).toContain('libtensorflow.so.2 is no longer there');
    const damaged = setUp('damaged');
    writeFileSync(join(damaged, noteName), '{"format": 1, "binding"');
    expect(reasonOf(damaged)).toContain('not set up');
    writeFileSync(join(damaged, noteName), JSON.stringify({ ...note, libraries: 'all' }));
    expect(reasonOf(damaged)).toContain('not set up');
  });
});

describe('loading', () => {
  test('waits for the first program', () => {
    const executor = createTensorflowExecutor({}, findTensorflow([setUp('hollow')]));
    expect(executor).toMatchObject({ id: 'eager-tensorflow', label: expect.stringContaining('2.9.1') });
  });

  test('gives back what Node took from util', () => {
    const util: Record<string, unknown> = {};
    restoreNodeUtil(util);
    const { isArray, isNullOrUndefined } = util as Record<string, (value: unknown) => boolean>;
    expect([undefined, null, 0, ''].map((value) => isNullOrUndefined!(value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([isArray!([]), isArray!({ length: 0 })]).toEqual([true, false]);
  });

  test('a binding that is none is an error with a remedy', async () => {
    const place = { folder: setUp('hollow'), note };
    await expect(loadTensorflow(place)).rejects.toMatchObject({
      code: 'executor.unavailable',
      message: expect.stringMatching(/tfjs_binding\.node does not load\. Run npm run setup:tensorflow/),
    });
    const executor = createTensorflowExecutor({}, place);
    await expect(executor.compile(smallProgram)).rejects.toMatchObject({ code: 'executor.unavailable' });
  });
});
