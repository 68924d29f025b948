// The interface as the desktop app shows it: behind the real bridge and the real `app:` answers, in a browser that plays
// Electron's part.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerAppRequest } from '../../electron/main/appRequest.ts';
import { parseInvocation, type InvocationName } from '../../electron/ipc/channels.ts';
import { EngineHost } from '../../engine/host/engineHost.ts';
import { Engine } from '../../engine/run/engine.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { buildRenderer, isRendererStale } from '../../scripts/buildRenderer.mjs';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let browser: Browser;
let host: EngineHost;
let bridgeCode: string;
let page: Page;
let invoked: [string, unknown][];

beforeAll(async () => {
  if (isRendererStale()) await buildRenderer();
  folder = mkdtempSync(join(tmpdir(), 'thimble-desktop-page-'));
  host = new EngineHost(
    (broadcast) => new Engine({ tasks: 'process', broadcast, dataFolder: join(folder, 'data') }),
  );
  const bundle = await rolldown({ input: join(root, 'electron', 'preload', 'createBridge.ts') });
  const { output } = await bundle.generate({ format: 'iife', name: 'bridge' });
  bridgeCode = output[0].code;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  host?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** What Electron does between the page and the main process. */
const glue = `
  globalThis.notices = {};
  globalThis.thimble = bridge.createBridge({
    platform: 'linux',
    version: '0.0.0',
    pathOfFile: () => '',
    invoke: (name, payload) => globalThis.invokeMain(name, payload),
    onNotice: (name, listener) => (globalThis.notices[name] = listener),
  });
  globalThis.givePort = () => notices['engine.port'](null, {
    addEventListener: (_name, listener) => (globalThis.hearEngine = (data) => listener({ data })),
    start: () => undefined,
    close: () => undefined,
    postMessage: (message) => globalThis.tellEngine(message),
  });`;

interface EngineEar {
  hearEngine(data: unknown): void;
}

beforeEach(async () => {
  invoked = [];
  page = await browser.newPage({ viewport: { width: 1024, height: 700 } });
  let receive: (message: unknown) => void = () => undefined;
  await page.exposeFunction('tellEngine', (message: unknown) => receive(message));
  /** As a real port would, nothing is lost that either side sends before the other listens. */
  const connectEngine = async (): Promise<void> => {
    const given = Promise.withResolvers<void>();
    const post = async (message: unknown) => {
      await given.promise;
      await page.evaluate((data) => (globalThis as never as EngineEar).hearEngine(data), message);
    };
    host.connect({
      // A page that was closed meanwhile misses nothing.
      post: (message) => void post(message).catch(() => undefined),
      onMessage: (listener) => void (receive = listener),
      onClose: (listener) => void page.once('close', listener),
    });
    given.resolve(page.evaluate<void>('givePort()'));
  };
  await page.exposeFunction('invokeMain', async (name: InvocationName, payload: unknown) => {
    invoked.push([name, parseInvocation(name, payload)]);
    if (name === 'engine.connect') await connectEngine();
    return { kind: 'result', result: null };
  });
  await page.route('http://thimble.test/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const response = await answerAppRequest(new Request(`app://thimble${pathname}${search}`), {
      rendererFolder: join(root, 'dist', 'renderer'),
      renderImage: (payload) => host.engine.request('image.render', payload),
    });
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
  await page.addInitScript(bridgeCode + glue);
  await page.goto('http://thimble.test/');
  return () => page.close();
});

const notify = (name: string, payload: unknown = null) =>
  page.evaluate(`notices[${JSON.stringify(name)}](${JSON.stringify(payload)})`);

describe('the interface in the desktop app', () => {
  test('talks to the engine over its port and tells the theme', async () => {
    await expect.poll(() => invoked.map(([name]) => name), { timeout: 20_000 }).toContain('theme.set');
    expect(invoked[0]).toEqual(['engine.connect', {}]);
    expect(invoked).toContainEqual(['theme.set', { theme: 'system' }]);
    expect(invoked).toContainEqual(['progress.set', { share: null }]);
  });

  test('follows the menu, and opens a project that comes from outside', async () => {
    await expect.poll(() => invoked.length, { timeout: 20_000 }).toBeGreaterThan(1);
    await notify('command', 'go.settings');
    await expect.poll(() => page.url(), { timeout: 20_000 }).toContain('#/settings');
    const project = join(folder, 'from outside');
    await host.engine.request('project.create', { folder: project });
    await notify('project.open', project);
    await page.getByText('from outside').first().waitFor();
  });

  test('asks what is to become of a run when its window closes', async () => {
    await expect.poll(() => invoked.length, { timeout: 20_000 }).toBeGreaterThan(1);
    await notify('close.asked');
    await page.getByRole('button', { name: 'Stop safely' }).click();
    await expect
      .poll(() => invoked.at(-1), { timeout: 20_000 })
      .toEqual(['close.answer', { answer: 'stop' }]);
  });
});
