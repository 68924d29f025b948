// The real app: started, asked, trained, closed. Runs through `npm run test:electron` alone, where Electron is.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../engine/run/engine.ts';
import type { RequestResults } from '../../engine/contract/contract.ts';
import type { RequestName, RequestPayload } from '../../engine/contract/requests.ts';

const executablePath = process.env['THIMBLE_ELECTRON'];
const main = join(import.meta.dirname, '..', '..', 'dist', 'electron', 'main.mjs');

describe.skipIf(executablePath === undefined)(
  'the desktop app (needs Electron: npm run test:electron)',
  () => {
    let folder: string;
    let app: ElectronApplication;
    let page: Page;
    let lastId = 1_000_000;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'thimble-electron-'));
      app = await _electron.launch({
        executablePath,
        // With the sandbox that people have; Playwright would switch it off on Linux.
        chromiumSandbox: true,
        args: [main, `--user-data-dir=${join(folder, 'user')}`],
        env: { ...(process.env as Record<string, string>), THIMBLE_DATA: join(folder, 'data') },
      });
      page = await app.firstWindow({ timeout: 90_000 });
      // The page's policy forbids text that is run as code, wherever it comes from.
      await page.locator('main').waitFor({ timeout: 60_000 });
    });
    afterAll(async () => {
      await app?.close().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    /** Asks the engine through the bridge, beside whatever the page asks; ids far from the page's own. */
    async function request<Name extends RequestName>(name: Name, payload: RequestPayload<Name>) {
      const id = (lastId += 1);
      const answer = await page.evaluate(
        ([id, name, payload]) =>
          new Promise((resolve) => {
            const { thimble } = globalThis as unknown as {
              thimble: {
                send(message: unknown): void;
                onMessage(listener: (message: { id: unknown; kind: string }) => void): () => void;
              };
            };
            const stop = thimble.onMessage((message) => {
              if (message.id !== id || message.kind === 'event') return;
              stop();
              resolve(message);
            });
            thimble.send({ kind: 'request', id, name, payload });
          }),
        [id, name, payload] as const,
      );
      const { kind, result, error } = answer as { kind: string; result: unknown; error: unknown };
      if (kind === 'error') throw Object.assign(new Error(name), { error });
      return result as RequestResults[Name];
    }

    test('shows its page, sandboxed, with one frozen bridge', async () => {
      expect(page.url()).toMatch(/^app:\/\/thimble\//);
      const world = await page.evaluate(() => {
        const scope = globalThis as unknown as Record<string, unknown>;
        return {
          isFrozen: Object.isFrozen(scope['thimble']),
          hasNode: typeof scope['require'] !== 'undefined' || typeof scope['process'] !== 'undefined',
        };
      });
      expect(world).toEqual({ isFrozen: true, hasNode: false });
    });

    test('reaches nothing outside', async () => {
      const failures = await page.evaluate(() =>
        Promise.all(
          ['https://example.org/', 'http://127.0.0.1:1/', 'file:///etc/hosts'].map((url) =>
            fetch(url).then(
              () => `${url} answered`,
              () => null,
            ),
          ),
        ),
      );
      expect(failures).toEqual([null, null, null]);
      const opened = await page.evaluate('String(window.open("https://example.org/"))');
      expect(opened).toBe('null');
      expect(app.windows().length).toBe(1);
    });

    test('imports the sample and draws a picture through its own address', async () => {
      const project = join(folder, 'project');
      const { sampleFolder } = await request('home.show', {});
      await request('project.create', { folder: project });
      const dataset = await request('dataset.import', { project, path: sampleFolder });
      expect(dataset.imageCount).toBe(1200);
      const { images } = await request('image.list', { project, dataset: dataset.id, limit: 1 });
      const query = new URLSearchParams({ project, image: String(images[0]!.id), size: '64' }).toString();
      const side = await page.evaluate(
        `new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(Math.max(image.naturalWidth, image.naturalHeight));
        image.onerror = () => reject(new Error('no picture'));
        image.src = ${JSON.stringify(`app://thimble/image?${query}`)};
      })`,
      );
      expect(side).toBe(64);
    });

    test('closing on a run asks, and stopping safely leaves it paused', async () => {
      const project = join(folder, 'project');
      const [dataset] = await request('dataset.list', { project });
      const { split } = await request('split.create', { project, dataset: dataset!.id, seed: 1 });
      const run = await request('run.create', { project, split: split.id, preset: 'quick' });
      await request('run.enqueue', { project, run: run.id });
      await expect
        .poll(async () => (await request('run.show', { project, run: run.id })).step, { timeout: 120_000 })
        .toBeGreaterThan(0);
      const asked = page.evaluate(
        'new Promise((resolve) => window.thimble.onCloseAsked(() => resolve("asked")))',
      );
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
      expect(await asked).toBe('asked');
      const ended = new Promise<void>((resolve) => app.once('close', () => resolve()));
      await page.evaluate('window.thimble.answerClose("stop")').catch(() => undefined);
      await ended;
      const engine = new Engine();
      const { state, step } = await engine.request('run.show', { project, run: run.id });
      engine.close();
      expect(state).toBe('paused');
      expect(step).toBeGreaterThan(0);
    });
  },
);
