import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { EngineError } from '../../../engine/contract/errors.ts';
import type { EngineMessage } from '../../../engine/contract/wire.ts';
import type { Port } from '../../../engine/host/port.ts';
import { startServer, type RunningServer } from '../../../engine/serve/server.ts';

let folder: string;
let server: RunningServer;
let ports: Port[];
let received: unknown[];
let rendered: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-serve-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html><title>Thimble</title>');
  writeFileSync(join(folder, 'renderer', 'assets', 'app-1a2b.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  [ports, received, rendered] = [[], [], []];
  server = await startServer({
    rendererFolder: join(folder, 'renderer'),
    connect: (port) => {
      ports.push(port);
      port.onMessage((message) => received.push(message));
    },
    renderImage: (payload) => {
      rendered.push(payload);
      if (payload.image === 404) throw new EngineError('project.notFound', 'no such project');
      return Promise.resolve({ mime: 'image/webp', bytes: new Uint8Array([1, 2, 3]) });
    },
  });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends exactly this path and these headers, which fetch would tidy up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function signIn(): Promise<string> {
  const { search } = new URL(server.url);
  const { headers } = await ask(`/${search}`);
  return headers['set-cookie']![0]!.split(';')[0]!;
}

function openSocket(headers: Record<string, string>): Promise<WebSocket> {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/socket`, { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

function nextMessage(socket: WebSocket): Promise<EngineMessage> {
  return new Promise((resolve) => {
    socket.once('message', (data) => resolve(decode(new Uint8Array(data as Buffer)) as EngineMessage));
  });
}

describe('access', () => {
  test('the token is exchanged for a strict cookie that scripts cannot read, and leaves the address', async () => {
    const { status, headers } = await ask(`/${new URL(server.url).search}`);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']![0]).toMatch(/; HttpOnly; SameSite=Strict$/);
  });

  test('nothing is answered without the cookie, nor with that of another server', async () => {
    const { port } = new URL(server.origin);
    for (const cookie of ['', `thimble-${port}=`, `thimble-${port}=${'A'.repeat(43)}`]) {
      for (const path of ['/', '/index.html', '/image?project=a&image=1&size=64']) {
        expect((await ask(path, { cookie })).status).toBe(401);
      }
    }
    expect(rendered).toEqual([]);
  });

  test('a wrong token gives no cookie', async () => {
    const { status, headers } = await ask('/?token=wrong');
    expect(status).toBe(403);
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('a ticket admits once', async () => {
    const { search } = new URL(server.issueTicketUrl());
    expect((await ask(`/${search}`)).status).toBe(303);
    expect((await ask(`/${search}`)).status).toBe(403);
  });

  test('a foreign host name that points here is refused, a tunnel under another port is not', async () => {
    const cookie = await signIn();
    for (const host of ['evil.example', 'localhost.evil.example:80', '127.0.0.1.evil.example', '10.0.0.1']) {
      expect((await ask('/', { cookie, host })).status, host).toBe(421);
    }
    expect((await ask('/', { cookie, host: 'localhost:9000' })).status).toBe(200);
  });

  test('pictures are not given to pages of other sites', async () => {
    const cookie = await signIn();
    const foreign = { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' };
    expect((await ask('/image?project=a&image=1&size=64', foreign)).status).toBe(403);
    expect(rendered).toEqual([]);
  });

  test('a page opened from another site asks again from itself, where the strict cookie is sent', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const { status, headers } = await ask('/', link);
    expect([status, headers['refresh']]).toEqual([200, '0; url=/']);
  });

  test('only GET and HEAD are answered', async () => {
    const cookie = await signIn();
    expect((await ask('/', { cookie }, 'POST')).status).toBe(405);
    const { status, body } = await ask('/', { cookie }, 'HEAD');
    expect([status, body.length]).toEqual([200, 0]);
  });

  test('hosts that others can reach are refused', async () => {
    const options = {
      rendererFolder: folder,
      connect: () => undefined,
      renderImage: () => Promise.reject(new Error()),
    };
    for (const host of ['0.0.0.0', '::', '192.168.1.7', 'example.org']) {
      await expect(startServer({ ...options, host })).rejects.toMatchObject({ code: 'request.invalid' });
    }
  });

  test('a port that is taken is told by its number', async () => {
    const port = Number(new URL(server.origin).port);
    const options = {
      rendererFolder: folder,
      connect: () => undefined,
      renderImage: () => Promise.reject(new Error()),
    };
    await expect(startServer({ ...options, port })).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
  });
});

describe('files', () => {
  test('the page and its parts come with their types and the strict policy', async () => {
    const cookie = await signIn();
    const page = await ask('/', { cookie });
    expect(page.body.toString()).toContain('<title>Thimble</title>');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['cache-control']).toBe('no-cache');
    const policy = page.headers['content-security-policy']!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain(`connect-src 'self' ws://${new URL(server.origin).host};`);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    const script = await ask('/assets/app-1a2b.js', { cookie });
    expect(script.headers['content-type']).toContain('text/javascript');
    expect(script.headers['cache-control']).toContain('immutable');
  });

  test('no path leads out of the folder', async () => {
    const cookie = await signIn();
    const paths = ['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..\\secret.txt'];
    for (const path of [...paths, '//secret.txt', `/${folder}/secret.txt`, '/%00', '/%', '/assets']) {
      const { status, body } = await ask(path, { cookie });
      expect(status, path).toBe(404);
      expect(body.toString()).not.toContain('secret');
    }
  });

  test('refusals carry the policy too', async () => {
    const { headers } = await ask('/', {});
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('pictures', () => {
  test('the engine draws them; the browser may keep them', async () => {
    const cookie = await signIn();
    const query = new URLSearchParams({ project: '/my projects/pollen', image: '7', size: '128' });
    const { status, headers, body } = await ask(`/image?${query.toString()}`, { cookie });
    expect(status).toBe(200);
    expect(rendered).toEqual([{ project: '/my projects/pollen', image: 7, size: 128 }]);
    expect([...body]).toEqual([1, 2, 3]);
    expect(headers['content-type']).toBe('image/webp');
    expect(headers['cache-control']).toBe('private, max-age=3600');
  });

  test("an engine's error keeps its code and is not kept", async () => {
    const cookie = await signIn();
    const { status, headers, body } = await ask('/image?project=a&image=404&size=64', { cookie });
    expect(status).toBe(404);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'project.notFound' });
    expect(headers['cache-control']).toBe('no-store');
    expect((await ask('/image?project=a', { cookie })).status).toBe(400);
  });
});

describe('socket', () => {
  test('messages pass both ways, bytes as bytes, and each tab has its own port', async () => {
    const headers = { cookie: await signIn(), origin: server.origin };
    const [first, second] = [await openSocket(headers), await openSocket(headers)];
    expect(ports.length).toBe(2);
    first.send(encode({ kind: 'request', id: 1, name: 'about.show', payload: {} }));
    await expect.poll(() => received).toEqual([{ kind: 'request', id: 1, name: 'about.show', payload: {} }]);
    const answer = nextMessage(second);
    const result = { mime: 'image/png' as const, bytes: new Uint8Array([9, 8]), absent: undefined };
    ports[1]!.post({ kind: 'result', id: 5, result });
    expect(await answer).toEqual({
      kind: 'result',
      id: 5,
      result: { mime: 'image/png', bytes: result.bytes },
    });
    first.close();
    second.close();
  });

  test('a page of another origin gets no socket, nor does anyone without the cookie', async () => {
    const cookie = await signIn();
    const refused = [
      [{ cookie, origin: 'http://evil.example' }, '403'],
      [{ cookie, origin: 'http://localhost:3000' }, '403'],
      [{ cookie, origin: 'null' }, '403'],
      [{ cookie }, '403'],
      [{ cookie, origin: 'http://evil.example', host: 'evil.example' }, '403'],
      [{ origin: server.origin }, '401'],
    ] as const;
    for (const [headers, status] of refused) {
      await expect(openSocket(headers as Record<string, string>)).rejects.toThrow(status);
    }
    expect(ports).toEqual([]);
  });

  test('what is no message gets one error and touches nothing else', async () => {
    const socket = await openSocket({ cookie: await signIn(), origin: server.origin });
    const answer = nextMessage(socket);
    socket.send(Buffer.from([0xc1, 0xc1]));
    expect(await answer).toMatchObject({ kind: 'error', id: null, error: { code: 'request.invalid' } });
    socket.send(encode({ kind: 'cancel', id: 1 }));
    await expect.poll(() => received).toEqual([{ kind: 'cancel', id: 1 }]);
    socket.close();
  });

  test('text, too long a message, and the end of the server close it', async () => {
    const headers = { cookie: await signIn(), origin: server.origin };
    const closed = (socket: WebSocket) =>
      new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
    const text = await openSocket(headers);
    text.send('hello');
    expect(await closed(text)).toBe(1003);
    const long = await openSocket(headers);
    let isPortClosed = false;
    ports.at(-1)!.onClose(() => (isPortClosed = true));
    long.send(Buffer.alloc(2 * 1024 * 1024));
    await closed(long);
    await expect.poll(() => isPortClosed).toBe(true);
    const last = await openSocket(headers);
    const end = closed(last);
    await server.close();
    expect(await end).toBe(1001);
  });
});
