import { describe, expect, test } from 'vitest';
import { RemoteProcesses } from '../../electron/engine/remoteProcesses.ts';
import type { FromEngine, ToEngine } from '../../electron/ipc/engineControl.ts';
import { ChildProcesses, type Fork } from '../../electron/main/childProcesses.ts';

interface FakeChild {
  readonly file: string;
  readonly posted: unknown[];
  isKilled: boolean;
  say(message: unknown): void;
  exit(how: string): void;
}

/** The engine's side and the main process's, joined as their processes are. */
function createWorld() {
  const children: FakeChild[] = [];
  const fork: Fork = ({ file }) => {
    if (file.endsWith('task.mjs') && children.length > 3) throw new Error('no more processes');
    const child: FakeChild = {
      file,
      posted: [],
      isKilled: false,
      say: () => undefined,
      exit: () => undefined,
    };
    children.push(child);
    return {
      post: (message) => void child.posted.push(message),
      onMessage: (listener) => void (child.say = listener),
      onExit: (listener) => void (child.exit = listener),
      kill: () => void (child.isKilled = true),
    };
  };
  const toMain: { receive: (message: FromEngine) => void } = { receive: () => undefined };
  const remote = new RemoteProcesses((message) => toMain.receive(message));
  const keeper = new ChildProcesses({
    bundleFolder: '/app/dist/engine',
    fork,
    post: (message: ToEngine) => remote.receive(message as Parameters<typeof remote.receive>[0]),
  });
  toMain.receive = (message) => keeper.receive(message as Parameters<typeof keeper.receive>[0]);
  const spawn = (file: string, outlives = true) =>
    remote.spawn({ file, args: ['/project', '7'], logFile: '/project/trainer.log', outlives });
  return { children, keeper, spawn };
}

describe('trainers under Electron', () => {
  test('are started by the main process and talk through it', async () => {
    const { children, keeper, spawn } = createWorld();
    const handle = spawn('/anywhere/trainer.mjs');
    const heard: unknown[] = [];
    handle.onMessage((message) => heard.push(message));
    const [child] = children;
    expect(child!.file).toBe('/app/dist/engine/trainer.mjs');
    child!.say({ kind: 'progress', step: 3 });
    handle.post({ kind: 'cancel' });
    expect(heard).toEqual([{ kind: 'progress', step: 3 }]);
    expect(child!.posted).toEqual([{ kind: 'cancel' }]);
    child!.exit('exit code 0');
    expect(await handle.ended).toBe('exit code 0');
    expect(keeper.count).toBe(0);
    handle.post({ kind: 'cancel' });
    expect(child!.posted.length).toBe(1);
  });

  test('no other program is started for the engine', async () => {
    const { children, spawn } = createWorld();
    for (const file of ['/bin/sh', 'trainer.mjs/../../evil.mjs', 'thimble.mjs', '']) {
      expect(await spawn(file).ended).toContain('none of the engine');
    }
    expect(children).toEqual([]);
  });

  test('go on when the engine ends; what only worked for it ends', () => {
    const { children, keeper, spawn } = createWorld();
    spawn('trainer.mjs');
    spawn('task.mjs', false);
    keeper.engineEnded();
    expect(children.map(({ isKilled }) => isKilled)).toEqual([false, true]);
  });

  test('that cannot be started end with the reason', async () => {
    const { spawn } = createWorld();
    for (let count = 0; count < 4; count += 1) spawn('trainer.mjs');
    expect(await spawn('task.mjs').ended).toContain('no more processes');
  });
});
