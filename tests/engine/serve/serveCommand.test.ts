import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

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

describe('thimble serve', () => {
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
