// What Electron's utility processes do otherwise than Node's children, put right for whoever started them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { lastWord, lastWordHeard } from '../../engine/contract/childLine.ts';
import { describeExit } from '../../electron/main/describeExit.ts';
import { createFakeElectron } from './fakeElectron.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-utility-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let world: ReturnType<typeof createFakeElectron>;
let processes: typeof import('../../electron/main/utilityProcesses.ts');

beforeEach(async () => {
  vi.resetModules();
  world = createFakeElectron();
  vi.doMock('electron', () => world.electron);
  processes = await import('../../electron/main/utilityProcesses.ts');
});

function startWorker(name: string) {
  const logFile = join(folder, `${name}.log`);
  const worker = processes.forkWorker({ file: '/app/trainer.mjs', args: [], logFile });
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  worker.onExit(resolve);
  return { worker, utility: world.utilities.at(-1)!, ended, logFile };
}

describe('a worker', () => {
  test('is told that its last word was heard, after all it said before', () => {
    const { worker, utility } = startWorker('words');
    const heard: unknown[] = [];
    worker.onMessage((message) => heard.push([message, utility.posted.length]));
    utility.emit('message', { kind: 'result' });
    utility.emit('message', lastWord);
    expect(heard).toEqual([[{ kind: 'result' }, 0]]);
    expect(utility.posted.map(({ message }) => message)).toEqual([lastWordHeard]);
  });

  test('has its whole log in the file when its end is told, last words among it', async () => {
    const { utility, ended, logFile } = startWorker('log');
    utility.stdout.write('step 1\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    utility.end(1, 'the reason\n');
    expect(await ended).toBe('exit code 1');
    expect(readFileSync(logFile, 'utf8')).toBe('step 1\nthe reason\n');
  });

  test('whose log cannot be written ends all the same', async () => {
    const { utility, ended } = startWorker('missing/folder');
    utility.end(0);
    expect(await ended).toBe('exit code 0');
  });

  test('that V8 ends takes nothing with it, and the reason is told', async () => {
    const { utility, ended } = startWorker('fatal');
    utility.emit('error', 'FatalError', 'Reached heap limit', '{}');
    utility.end(5);
    expect(await ended).toBe('FatalError: Reached heap limit');
  });
});

test('an engine that V8 ends is told of once, as its end', () => {
  const engine = processes.startEngineProcess('/app/desktopEngine.mjs');
  const heard: string[] = [];
  engine.onExit((how) => heard.push(how));
  world.utilities[0]!.emit('error', 'FatalError', 'Reached heap limit', '{}');
  world.utilities[0]!.emit('exit', 5);
  expect(heard).toEqual(['FatalError: Reached heap limit']);
});

test('ends by a signal have the names that Node gives them', () => {
  expect(describeExit(9, 'linux')).toBe('SIGKILL');
  expect(describeExit(134, 'darwin')).toBe('SIGABRT');
  expect(describeExit(0, 'linux')).toBe('exit code 0');
  expect(describeExit(1, 'linux')).toBe('exit code 1');
  expect(describeExit(9, 'win32')).toBe('exit code 9');
  expect(describeExit(0xe0000008, 'win32')).toBe('out of memory');
});
