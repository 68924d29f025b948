// Setting TensorFlow up from a server and from a folder, with files that only have the right names: what is put where, and
// that nothing is lost when it fails. With the real library it is run by `npm run check:tensorflow`.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { findTensorflow, noteName } from '../../../engine/runtime/tensorflowPlace.ts';
import { setUp, type SetupRequest } from '../../../scripts/setupTensorflow/setUp.ts';
import type { TryTensorflow } from '../../../scripts/setupTensorflow/tryTensorflow.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const system = { platform: 'linux', arch: 'x64' };
const libraries = ['libtensorflow.so.2', 'libtensorflow_framework.so.2'];

let root: string;
let target: string;
let server: Server;
/** Archives by the end of their address. */
let offered: Map<string, Buffer>;
let said: string[];
let builtAt: string[];

function writeFiles(folder: string, files: readonly string[]): string {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

function pack(name: string, files: readonly string[]): Buffer {
  const folder = writeFiles(join(root, 'archives', name), files);
  const archive = join(root, 'archives', `${name}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', folder, '.']);
  return readFileSync(archive);
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'thimble-setup-'));
  target = join(root, 'data', 'tensorflow');
  [said, builtAt] = [[], []];
  offered = new Map([
    [
      'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
      pack('library', [...libraries.map((name) => `lib/${name}`), 'include/tensorflow/c/c_api.h']),
    ],
    ['CPU-linux-4.22.0.tar.gz', pack('binding', ['napi-v8/tfjs_binding.node'])],
  ]);
  server = createServer(({ url, method }, response) => {
    const archive = offered.get(url!.split('/').at(-1)!);
    response.writeHead(archive ? 200 : 404, { 'content-length': archive?.length ?? 0 });
    if (method === 'HEAD' || !archive) {
      response.end();
      return;
    }
    // A connection that breaks in the middle of what is called broken.
    if (archive.includes('broken'))
      return void response.write(archive.subarray(0, 9), () => response.destroy());
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['TFJS_NODE_CDN_STORAGE'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  delete process.env['TFJS_NODE_CDN_STORAGE'];
  server.close();
  rmSync(root, { recursive: true, force: true });
});

function request(changes: Partial<SetupRequest> = {}): SetupRequest {
  return {
    root: project,
    target,
    variant: 'cpu',
    system,
    local: undefined,
    ships: false,
    confirm: async () => true,
    say: (sentence) => said.push(sentence),
    onProgress: () => undefined,
    tryOut: async () => ({ device: 'cpu', libraryVersion: '2.9.1', gpuNotes: [] }),
    build: async ({ runPath, output }) => {
      builtAt.push(runPath);
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, 'built');
    },
    ...changes,
  };
}

/** What fails, how it is brought about, and what is said. */
type Failure = readonly [string, () => unknown, Partial<SetupRequest>, string, RegExp];

const listFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

// The layout of the libraries is that of Linux, whose names the archives have.
describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('setting up', () => {
  test('fetches the library and its binding, tries them, and notes where they came from', async () => {
    const asked: string[] = [];
    const note = await setUp(
      request({
        confirm: async (downloads) => {
          asked.push(
            ...downloads.map(({ address, sizeBytes }) => `${address.split('/').at(-1)} ${sizeBytes > 0}`),
          );
          expect(existsSync(join(target, noteName))).toBe(false);
          return true;
        },
      }),
    );
    expect(asked).toEqual([
      'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz true',
      'CPU-linux-4.22.0.tar.gz true',
    ]);
    expect(listFiles(target)).toEqual([
      'deps/lib/libtensorflow.so.2',
      'deps/lib/libtensorflow_framework.so.2',
      'lib/napi-v8/tfjs_binding.node',
      noteName,
    ]);
    expect(note.origins[0]).toMatch(/2\.9\.1\.tar\.gz sha256 [0-9a-f]{64}$/);
    expect(findTensorflow([target])).toEqual({ folder: target, note });
    expect(readdirSync(dirname(target))).toEqual(['tensorflow']);
  });

  test('builds the binding where none is offered', async () => {
    offered.delete('CPU-linux-4.22.0.tar.gz');
    await setUp(request());
    expect(builtAt).toEqual(['$ORIGIN/../../deps/lib']);
    expect(findTensorflow([target])).toMatchObject({ folder: target });
  });

  test('fetches nothing that the person does not want', async () => {
    await expect(setUp(request({ confirm: async () => false }))).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(dirname(target))).toEqual([]);
  });

  const failures: readonly Failure[] = [
    ['a library that is not offered', () => offered.clear(), {}, 'file.missing', /answers 404/],
    [
      'a connection that breaks',
      () => offered.set('CPU-linux-4.22.0.tar.gz', Buffer.from('broken in the middle')),
      {},
      'file.unreadable',
      /cannot be reached|broke off/,
    ],
    [
      'an archive that is none',
      () => offered.set('CPU-linux-4.22.0.tar.gz', Buffer.from('no archive')),
      {},
      'file.corrupt',
      /cannot be unpacked.*try again/,
    ],
    [
      'an archive without a binding',
      () => offered.set('CPU-linux-4.22.0.tar.gz', pack('empty', ['readme'])),
      {},
      'file.corrupt',
      /holds no tfjs_binding/,
    ],
    [
      'an archive without a library',
      () => offered.set('libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz', pack('none', ['readme'])),
      {},
      'file.missing',
      /no TensorFlow library/,
    ],
    [
      'a library that crashes',
      () => undefined,
      {
        tryOut: () =>
          Promise.reject(new EngineError('executor.unavailable', 'TensorFlow does not run here: SIGILL.')),
      },
      'executor.unavailable',
      /does not run here/,
    ],
  ];
  test.each(failures)('%s leaves what was set up before', async (_, spoil, changes, code, sentence) => {
    const before = await setUp(request());
    spoil();
    await expect(setUp(request(changes))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    });
    expect(findTensorflow([target])).toEqual({ folder: target, note: before });
    expect(readdirSync(dirname(target))).toEqual(['tensorflow']);
  });

  test('a GPU that TensorFlow does not see is an error with its own words', async () => {
    const local = writeFiles(join(root, 'unpacked'), libraries);
    const gpuNotes = ['Could not load dynamic library libcudnn.so.8'];
    const tryOut: TryTensorflow = async () => ({ device: 'cpu', libraryVersion: '2.9.1', gpuNotes });
    await expect(setUp(request({ variant: 'gpu', local, tryOut }))).rejects.toMatchObject({
      message: expect.stringMatching(/sees no GPU[^]*libcudnn\.so\.8/),
    });
  });

  test('makes no folder its own that holds something else', async () => {
    writeFiles(target, ['thesis.txt']);
    await expect(setUp(request())).rejects.toMatchObject({ code: 'file.exists' });
    expect(listFiles(target)).toEqual(['thesis.txt']);
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('setting up from a folder', () => {
  test('points to the library, which is not copied; when it goes, the executor says so', async () => {
    const local = writeFiles(join(root, 'python', 'tensorflow'), [
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
    ]);
    const note = await setUp(request({ local }));
    expect(builtAt).toEqual([local]);
    expect(note.libraries).toEqual([
      join(local, 'libtensorflow_cc.so.2'),
      join(local, 'libtensorflow_framework.so.2'),
    ]);
    expect(findTensorflow([target])).toMatchObject({ folder: target });
    renameSync(local, `${local}.gone`);
    expect(findTensorflow([target])).toMatchObject({ reason: expect.stringContaining('no longer there') });
  });

  test('copies it where the folder is to be shipped', async () => {
    const local = writeFiles(
      join(root, 'unpacked'),
      libraries.map((name) => `lib/${name}`),
    );
    const note = await setUp(request({ local, variant: 'gpu', ships: true }));
    expect(builtAt).toEqual(['$ORIGIN/../../deps/lib']);
    // The GPU is one that another machine has.
    expect(note.device).toBe('gpu');
    rmSync(local, { recursive: true });
    expect(findTensorflow([target])).toMatchObject({ folder: target });
  });

  test('uses a binding that lies there, without a compiler', async () => {
    const local = writeFiles(join(root, 'unpacked'), [
      ...libraries.map((name) => `lib/${name}`),
      'tfjs_binding.node',
    ]);
    await setUp(request({ local }));
    expect(builtAt).toEqual([]);
    expect(readFileSync(join(target, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('tfjs_binding.node');
  });

  test('says what is missing in a folder that is no library', async () => {
    for (const local of [root, join(root, 'nowhere')]) {
      await expect(setUp(request({ local }))).rejects.toMatchObject({ code: 'file.missing' });
    }
    expect(existsSync(target)).toBe(false);
  });
});

test('the command fails in one sentence without a network, and the app is as it was', async () => {
  const data = join(root, 'data');
  const host = process.env['TFJS_NODE_CDN_STORAGE']!;
  await new Promise((resolve) => server.close(resolve));
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(project, 'scripts', 'launch.mjs'), join(project, 'scripts', 'setupTensorflow', 'main.ts'), '--yes'],
    {
      env: { ...process.env, THIMBLE_DATA: data, TFJS_NODE_CDN_STORAGE: host },
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)|not offer|not made/);
  expect(stderr).toContain('works without TensorFlow');
  expect(existsSync(join(data, 'tensorflow'))).toBe(false);
});
