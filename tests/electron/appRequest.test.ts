import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerAppRequest } from '../../electron/main/appRequest.ts';
import { EngineError } from '../../engine/contract/errors.ts';

let folder: string;
const asked: unknown[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-app-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'renderer', 'index.html'), '<title>Thimble</title>');
  writeFileSync(join(folder, 'renderer', 'assets', 'a.css'), 'a{}');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'renderer', 'assets', 'link.txt'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(path: string, method = 'GET'): Promise<Response> {
  // Made by hand where the address must reach the answer as it is.
  const request = { url: `app://thimble${path}`, method, signal: new AbortController().signal } as Request;
  return answerAppRequest(request, {
    rendererFolder: join(folder, 'renderer'),
    renderImage: (payload) => {
      asked.push(payload);
      if (payload.image === 9) throw new EngineError('engine.lost', 'gone');
      return Promise.resolve({ mime: 'image/jpeg', bytes: new Uint8Array([1, 2]) });
    },
  });
}

describe('app://thimble', () => {
  test('gives the page and its parts, under the strict policy', async () => {
    const page = await ask('/');
    expect(await page.text()).toBe('<title>Thimble</title>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect((await ask('/assets/a.css')).headers.get('content-type')).toContain('text/css');
  });

  test('no path and no link leads out of the folder', async () => {
    for (const path of [
      '/..%2fsecret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '/assets/link.txt',
      '/assets/..\\..\\secret.txt',
      '/nothing.js',
      '/assets',
    ]) {
      const answer = await ask(path);
      expect(answer.status, path).toBe(404);
      expect(await answer.text()).not.toContain('secret');
    }
  });

  test('other addresses and methods are refused', async () => {
    expect((await ask('/', 'POST')).status).toBe(405);
    const foreign = { url: 'app://elsewhere/index.html', method: 'GET' } as Request;
    const content = {
      rendererFolder: join(folder, 'renderer'),
      renderImage: () => Promise.reject(new Error()),
    };
    expect((await answerAppRequest(foreign, content)).status).toBe(403);
  });

  test('pictures come from the engine, errors keep their code', async () => {
    const query = new URLSearchParams({ project: 'C:\\my projects\\a', image: '7', size: '128' });
    const picture = await ask(`/image?${query.toString()}`);
    expect(asked).toEqual([{ project: 'C:\\my projects\\a', image: 7, size: 128 }]);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(new Uint8Array([1, 2]));
    const lost = await ask('/image?project=a&image=9&size=64');
    expect(lost.status).toBe(503);
    expect(await lost.json()).toMatchObject({ code: 'engine.lost' });
    expect((await ask('/image')).status).toBe(400);
  });
});
