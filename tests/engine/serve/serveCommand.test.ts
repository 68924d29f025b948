import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestResults } from '../../../engine/contract/contract.ts';
import type { RequestName, RequestPayload } from '../../../engine/contract/requests.ts';
import { Engine } from '../../../engine/run/engine.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const renderer = join(root, 'dist', 'renderer');

/** Any page will do: the command serves whatever the interface's build left. */
beforeAll(() => {
  if (existsSync(join(renderer, 'index.html'))) return;
  mkdirSync(join(renderer, 'assets'), { recursive: true });
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>Thimble</title>');
  // Older than any source, so that it never passes for a build.
  utimesSync(join(renderer, 'index.html'), 0, 0);
});

interface Served {
  readonly url: string;
  readonly ended: Promise<{ code: number | null; errorText: string }>;
  interrupt(): void;
}

async function startServing(): Promise<Served> {
  const child = spawn(process.execPath, [join(root, 'dist', 'engine', 'thimble.mjs'), 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errorText = '';
  child.stderr.on('data', (chunk: Buffer) => (errorText += chunk.toString()));
  const ended = new Promise<{ code: number | null; errorText: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, errorText }));
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => resolve(/http:\S+/.exec(chunk.toString())![0]));
    void ended.then(() => reject(new Error(errorText)));
  });
  return { url, ended, interrupt: () => child.kill('SIGINT') };
}

/** A browser tab, as far as the server can tell. */
async function openTab(url: string) {
  const opened = await fetch(url, { redirect: 'manual' });
  const headers = { cookie: opened.headers.get('set-cookie')!.split(';')[0]!, origin: new URL(url).origin };
  const socket = new WebSocket(`${headers.origin.replace('http', 'ws')}/socket`, { headers });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.on('message', (data: Buffer) => {
    const message = decode(new Uint8Array(data)) as { kind: string; id: number; result?: unknown };
    if (message.kind === 'result') waiting.get(message.id)?.(message.result);
    if (message.kind === 'error') throw new Error(JSON.stringify(message));
  });
  await new Promise((resolve) => socket.once('open', resolve));
  let lastId = 0;
  return <Name extends RequestName>(name: Name, payload: RequestPayload<Name>) => {
    const id = (lastId += 1);
    socket.send(encode({ kind: 'request', id, name, payload }));
    return new Promise<RequestResults[Name]>((resolve) =>
      waiting.set(id, resolve as (result: unknown) => void),
    );
  };
}

function copySomeImages(folder: string): void {
  for (const name of ['navicula', 'cymbella']) {
    mkdirSync(join(folder, name), { recursive: true });
    const sample = readdirSync(join(root, 'resources', 'sample', name), {
      recursive: true,
      withFileTypes: true,
    });
    for (const file of sample.filter((entry) => entry.isFile()).slice(0, 12)) {
      copyFileSync(join(file.parentPath, file.name), join(folder, name, file.name));
    }
  }
}

describe('thimble serve', () => {
  test.skipIf(process.platform === 'win32')('ends at once while a run trains on, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'thimble-serve-run-'));
    const project = join(folder, 'diatoms');
    copySomeImages(join(folder, 'images'));
    const { url, ended, interrupt } = await startServing();
    const request = await openTab(url);
    await request('project.create', { folder: project });
    await request('project.open', { project });
    const dataset = await request('dataset.import', { project, path: join(folder, 'images') });
    const { split } = await request('split.create', { project, dataset: dataset.id });
    const run = await request('run.create', { project, split: split.id, preset: 'quick' });
    await request('run.enqueue', { project, run: run.id });
    const readState = async () => (await request('run.show', { project, run: run.id })).state;
    await expect.poll(readState, { timeout: 60_000, interval: 200 }).toBe('running');
    const next = await request('run.create', { project, split: split.id, preset: 'quick' });
    interrupt();
    const { code, errorText } = await ended;
    expect(errorText).toContain('Training goes on by itself in “diatoms”');
    expect(errorText).toContain('One run waits until Thimble is started again.');
    expect(code).toBe(0);
    const engine = new Engine();
    const { state } = await engine.request('run.show', { project, run: run.id });
    expect(state).toBe('running');
    await engine.request('run.stop', { project, run: next.id });
    await engine.request('run.stop', { project, run: run.id });
    await expect
      .poll(async () => (await engine.request('run.show', { project, run: run.id })).state, {
        timeout: 60_000,
      })
      .toBe('stopped');
    engine.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  // Windows has no signal to send to a process without a console.
  test.skipIf(process.platform === 'win32')(
    'prints an address that opens the app, and says at the end what goes on',
    async () => {
      const { url, ended, interrupt } = await startServing();
      const opened = await fetch(url, { redirect: 'manual' });
      expect(opened.status).toBe(303);
      const cookie = opened.headers.get('set-cookie')!.split(';')[0]!;
      const page = await fetch(new URL('/', url), { headers: { cookie } });
      expect(await page.text()).toContain('<title>');
      // Twice within a moment, as a launcher in a terminal passes it on.
      interrupt();
      interrupt();
      const { code, errorText } = await ended;
      expect(errorText).toContain('Thimble has stopped.');
      expect(code).toBe(0);
    },
  );
});
