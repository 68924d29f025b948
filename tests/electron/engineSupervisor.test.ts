import { describe, expect, test } from 'vitest';
import { EngineSupervisor, type EngineProcess } from '../../electron/main/engineSupervisor.ts';
import { RestartBackoff } from '../../electron/main/restartBackoff.ts';
import type { FromEngine, ToEngine } from '../../electron/ipc/engineControl.ts';

interface FakeEngine {
  readonly posted: { message: ToEngine; port: unknown }[];
  say(message: FromEngine): void;
  die(how: string): void;
  isKilled: boolean;
}

function createWorld() {
  const engines: FakeEngine[] = [];
  const happened: string[] = [];
  const waiting: { durationMs: number; action: () => void }[] = [];
  const world = { nowMs: 0 };
  const startEngine = (): EngineProcess => {
    const engine: FakeEngine = {
      posted: [],
      isKilled: false,
      say: () => undefined,
      die: () => undefined,
    };
    engines.push(engine);
    return {
      post: (message, port) => void engine.posted.push({ message, port }),
      onMessage: (listener) => void (engine.say = listener),
      onExit: (listener) => void (engine.die = listener),
      kill: () => void (engine.isKilled = true),
    };
  };
  const supervisor = new EngineSupervisor({
    startEngine,
    onStarted: () => happened.push('started'),
    onLost: (how) => happened.push(`lost: ${how}`),
    onChildMessage: (message, post) => {
      happened.push(message.kind);
      post({ kind: 'child.ended', child: message.child, how: 'done' });
    },
    now: () => world.nowMs,
    wait: (durationMs, action) => void waiting.push({ durationMs, action }),
  });
  return { supervisor, engines, happened, waiting, world };
}

describe('the engine process', () => {
  test('is started again after it ended by itself, later each time, and at once again after a steady life', () => {
    const { supervisor, engines, happened, waiting, world } = createWorld();
    supervisor.start();
    const waits: number[] = [];
    for (const livedMs of [10, 10, 10, 120_000]) {
      world.nowMs += livedMs;
      engines.at(-1)!.die('exit code 1');
      const { durationMs, action } = waiting.pop()!;
      waits.push(durationMs);
      action();
    }
    expect(waits).toEqual([250, 500, 1000, 250]);
    expect(engines.length).toBe(5);
    expect(happened.filter((what) => what === 'lost: exit code 1').length).toBe(4);
  });

  test('is not started again once the app ends', () => {
    const { supervisor, engines, waiting } = createWorld();
    supervisor.start();
    supervisor.close();
    expect(engines[0]!.isKilled).toBe(true);
    engines[0]!.die('exit code 0');
    expect(waiting).toEqual([]);
  });

  test('gets the ports of clients; there is none to get them while it is gone', () => {
    const { supervisor, engines } = createWorld();
    const port = {};
    expect(supervisor.connect(port)).toBe(false);
    supervisor.start();
    expect(supervisor.connect(port)).toBe(true);
    expect(engines[0]!.posted).toEqual([{ message: { kind: 'connect' }, port }]);
    engines[0]!.die('exit code 1');
    expect(supervisor.connect(port)).toBe(false);
  });

  test('answers questions; those open when it ends, or takes too long, fail', async () => {
    const { supervisor, engines, waiting } = createWorld();
    await expect(supervisor.ask('listTraining')).rejects.toMatchObject({ code: 'engine.lost' });
    supervisor.start();
    const answered = supervisor.ask('listTraining');
    engines[0]!.say({ kind: 'answer', id: 1, answer: { training: 2, waiting: 1 } });
    expect(await answered).toEqual({ training: 2, waiting: 1 });
    const late = supervisor.ask('pauseTraining');
    waiting.at(-1)!.action();
    await expect(late).rejects.toMatchObject({ code: 'engine.lost' });
    const open = supervisor.ask('listTraining');
    engines[0]!.die('exit code 1');
    await expect(open).rejects.toThrow('exit code 1');
  });

  test('hears of its own children only', () => {
    const { supervisor, engines, waiting } = createWorld();
    supervisor.start();
    const [first] = engines;
    first!.die('exit code 1');
    waiting.at(-1)!.action();
    first!.say({ kind: 'child.kill', child: 3 });
    expect(first!.posted).toEqual([]);
    expect(engines[1]!.posted).toEqual([]);
    engines[1]!.say({ kind: 'child.kill', child: 4 });
    expect(engines[1]!.posted.map(({ message }) => message)).toEqual([
      { kind: 'child.ended', child: 4, how: 'done' },
    ]);
  });

  test('never waits longer than half a minute for its next start', () => {
    const backoff = new RestartBackoff();
    const waits = Array.from({ length: 20 }, () => backoff.nextWaitMs(0));
    expect(Math.max(...waits)).toBe(30_000);
  });
});
