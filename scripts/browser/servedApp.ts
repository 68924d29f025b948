// The built program serving the app, as `thimble serve` does for a person, with an app folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRenderer, isRendererStale } from '../buildRenderer.mjs';

const program = join(import.meta.dirname, '..', '..', 'dist', 'engine', 'thimble.mjs');

export interface ServedApp {
  /** With the token: opening it once lets a browser in. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Where this app keeps its settings and, unless told otherwise, its projects. */
  readonly folder: string;
  /** Ends the server, and removes its folder unless it is to be kept for another start. */
  stop(options?: { readonly keepFolder?: boolean; readonly signal?: NodeJS.Signals }): Promise<void>;
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /"url":\s*"([^"]+)"/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
}

/** Builds the interface where it is stale, then serves it. `port` 0 takes any. */
export async function serveApp(
  options: { readonly folder?: string; readonly port?: number } = {},
): Promise<ServedApp> {
  if (isRendererStale()) await buildRenderer();
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'thimble-app-'));
  const child = spawn(process.execPath, [program, 'serve', '--json', '--port', String(options.port ?? 0)], {
    env: { ...process.env, THIMBLE_DATA: join(folder, 'data'), HOME: folder, USERPROFILE: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readAddress(child);
  return {
    url,
    process: child,
    folder,
    stop: async ({ keepFolder = false, signal = 'SIGTERM' } = {}) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await ended;
      }
      if (!keepFolder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
