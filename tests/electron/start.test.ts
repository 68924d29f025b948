// `npm start` where there is no display: one sentence says why, and the app opens in the browser.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildRenderer, isRendererStale } from '../../scripts/buildRenderer.mjs';

const start = join(import.meta.dirname, '..', '..', 'scripts', 'start.mjs');

// Elsewhere there is always a display.
test.skipIf(process.platform !== 'linux')(
  'without a display, npm start serves to the browser and says why',
  async () => {
    if (isRendererStale()) await buildRenderer();
    const folder = mkdtempSync(join(tmpdir(), 'thimble-start-'));
    const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...environment } = process.env;
    const child = spawn(process.execPath, [start], {
      env: { ...environment, THIMBLE_DATA: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let text = '';
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const url = await new Promise<string>((resolve, reject) => {
        const read = (chunk: Buffer) => {
          text += chunk.toString();
          const address = /http:\S+/.exec(text)?.[0];
          if (address) resolve(address);
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        void ended.then((code) => reject(new Error(`ended with ${code}: ${text}`)));
      });
      expect(text).toContain('There is no display here, so Thimble opens in the browser.');
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(text).toContain('Thimble has stopped.');
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
