import { describe, expect, test } from 'vitest';
import { CloseGuard } from '../../electron/main/closeGuard.ts';

function createGuard(start: { training: boolean | Error; pauseFails?: boolean }) {
  const happened: string[] = [];
  const world = { ...start };
  const guard = new CloseGuard({
    isTraining: () =>
      world.training instanceof Error ? Promise.reject(world.training) : Promise.resolve(world.training),
    ask: () => happened.push('ask'),
    askNatively: () => happened.push('askNatively'),
    hide: () => happened.push('hide'),
    pauseTraining: () => {
      happened.push('pause');
      return world.pauseFails ? Promise.reject(new Error('silent')) : Promise.resolve();
    },
    quit: () => happened.push('quit'),
  });
  return { guard, happened, world };
}

describe('closing the window', () => {
  test('nothing trains: the app ends without a question', async () => {
    const { guard, happened } = createGuard({ training: false });
    expect(guard.mayQuit).toBe(false);
    await guard.request();
    expect(happened).toEqual(['quit']);
    expect(guard.mayQuit).toBe(true);
  });

  test('a run trains: nothing ends before the person has answered', async () => {
    const { guard, happened } = createGuard({ training: true });
    await guard.request();
    expect(happened).toEqual(['ask']);
    expect(guard.mayQuit).toBe(false);
    await guard.answer('cancel');
    expect(happened).toEqual(['ask']);
    await guard.request();
    expect(happened).toEqual(['ask', 'ask']);
  });

  test('stopping safely pauses first and quits then, even where pausing fails', async () => {
    for (const pauseFails of [false, true]) {
      const { guard, happened } = createGuard({ training: true, pauseFails });
      await guard.request();
      await guard.answer('stop');
      expect(happened).toEqual(['ask', 'pause', 'quit']);
    }
  });

  test('in the background the app stays until the last run has ended', async () => {
    const { guard, happened, world } = createGuard({ training: true });
    await guard.request();
    await guard.answer('background');
    expect(happened).toEqual(['ask', 'hide']);
    await guard.runsChanged();
    expect(happened).toEqual(['ask', 'hide']);
    world.training = false;
    await guard.runsChanged();
    expect(happened).toEqual(['ask', 'hide', 'quit']);
  });

  test('brought back from the background it does not end with the run', async () => {
    const { guard, happened, world } = createGuard({ training: true });
    await guard.request();
    await guard.answer('background');
    guard.shown();
    world.training = false;
    await guard.runsChanged();
    expect(happened).toEqual(['ask', 'hide']);
  });

  test('a second try, while the page shows no question, asks by the system', async () => {
    const { guard, happened } = createGuard({ training: true });
    await guard.request();
    await guard.request();
    expect(happened).toEqual(['ask', 'askNatively']);
  });

  test('an engine that cannot answer does not hold the window open', async () => {
    const { guard, happened } = createGuard({ training: new Error('lost') });
    await guard.request();
    expect(happened).toEqual(['quit']);
  });

  test('an engine that is being started again does not let go of what trained when it was last heard', async () => {
    const { guard, happened, world } = createGuard({ training: true });
    await guard.runsChanged();
    world.training = new Error('lost');
    await guard.request();
    expect(happened).toEqual(['ask']);
    await guard.answer('background');
    await guard.runsChanged();
    expect(happened).toEqual(['ask', 'hide']);
    world.training = false;
    await guard.runsChanged();
    expect(happened).toEqual(['ask', 'hide', 'quit']);
  });

  test('an answer that nobody asked for does nothing', async () => {
    const { guard, happened } = createGuard({ training: true });
    await guard.answer('stop');
    expect(happened).toEqual([]);
  });
});
