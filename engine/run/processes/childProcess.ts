// Processes of the engine's own: trainers and tasks. How one is started depends on where the engine runs (plain Node, or
// Electron, whose packaged binary is no Node), so the starting function is handed in.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../contract/errors.ts';

export interface SpawnRequest {
  /** The bundle to run. */
  readonly file: string;
  readonly args: readonly string[];
  /** Receives what it writes to its standard streams; overwritten. */
  readonly logFile: string;
  /** Goes on after this process has ended, where the platform lets it. */
  readonly outlives: boolean;
}

/** A process that was started, as long as it lives and after. */
export interface ChildHandle {
  /** Null where it is not known (yet). */
  readonly pid: number | null;
  /** Sends plain data; nothing happens once it has ended. */
  post(message: unknown): void;
  /** Hears what it sends. Called once, right after it was started. */
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves when it has ended and all it sent was heard: a signal's name, `exit code 1`, or why it never started. */
  readonly ended: Promise<string>;
  /** Ends it at once. */
  kill(): void;
}

export type SpawnProcess = (request: SpawnRequest) => ChildHandle;

/** Starts this very program's Node with a bundle. */
export const spawnNodeProcess: SpawnProcess = ({ file, args, logFile, outlives }) => {
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [file, ...args], {
    // A group of its own, so that Ctrl+C in a terminal reaches only the program that asked.
    detached: outlives,
    windowsHide: true,
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'advanced',
    // Under Electron this makes its binary a plain Node.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  closeSync(log);
  const ended = new Promise<string>((settle) => {
    // Not `exit`: messages may still be on their way then.
    child.on('close', (code, signal) => settle(signal ?? `exit code ${code}`));
    child.on('error', (cause) => settle(cause.message));
  });
  return {
    pid: child.pid ?? null,
    post: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
};

/** Programs of the engine's own. */
export type ProcessBundle = 'trainer' | 'task' | 'device' | 'deviceCheck';

/** A process's bundle: beside this code once it is bundled, else where the build puts it. Throws internal. */
export function findBundle(name: ProcessBundle): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, `${name}.mjs`), join(folder, 'dist', 'engine', `${name}.mjs`)]) {
      if (existsSync(candidate)) return candidate;
    }
    if (folder === dirname(folder)) {
      throw new EngineError('internal', `the ${name} is not built: run \`npm run build\``);
    }
  }
}

const shownLogCharacters = 2_000;

/** The end of a log file; empty where there is none. */
export function readLogEnd(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-shownLogCharacters) : '';
}
