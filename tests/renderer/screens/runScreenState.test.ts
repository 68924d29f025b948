import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { presets } from '../../../engine/contract/presets.ts';
import { EngineClient } from '../../../renderer/bridge/engineClient.svelte.ts';
import { RunScreenState } from '../../../renderer/screens/run/runScreenState.svelte.ts';
import { countStepsPerEpoch } from '../../../renderer/state/stepsPerEpoch.ts';
import { ProjectState } from '../../../renderer/state/projectState.svelte.ts';
import { detailsOf, HandEngine, settle, summaryOf } from '../fixtures.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const running = summaryOf({ id: 3, state: 'running', step: 5 });
const event = (kind: 'resumed' | 'paused') =>
  ({ id: 1, runId: 3, atMs: 1, step: 2, kind, message: '', details: {} }) as const;
const progressAt = (step: number) => ({
  runId: 3,
  step,
  totalSteps: 100,
  epoch: 1,
  loss: 1,
  imagesPerSecond: 10,
  timeLeftMs: 1000,
});

async function followRun() {
  const engine = new HandEngine();
  const client = new EngineClient(engine);
  const project = new ProjectState(client, 'p');
  void project.open();
  await engine.answer(engine.of('project.open')[0], {
    folder: 'p',
    name: 'p',
    readOnly: false,
    datasets: [],
    runs: [running],
  });
  const frames: (() => void)[] = [];
  const state = new RunScreenState(client, project, 3, (draw) => frames.push(draw));
  const stop = state.follow();
  const draw = () => {
    for (const frame of frames.splice(0)) frame();
  };
  await engine.answer(engine.of('run.show')[0], detailsOf({ ...running }));
  await engine.answer(engine.of('run.metrics')[0], [{ name: 'loss', steps: [0, 1, 2], values: [3, 2, 1] }]);
  draw();
  await engine.answer(engine.of('split.list')[0], [
    { id: 1, counts: { train: 100, validation: 40, test: 9 } },
  ]);
  return { engine, project, state, stop, frames, draw };
}

async function pass(ms: number) {
  vi.advanceTimersByTime(ms);
  await settle();
}

describe('the Run screen’s state', () => {
  test('it reads a thinned curve once, then only what is new', async () => {
    const { engine, state, draw } = await followRun();
    expect(engine.of('run.metrics')[0]!.payload).toMatchObject({ maxPoints: 2000 });
    await engine.say('p', 'run.progress', progressAt(4));
    await pass(1000);
    expect(engine.of('run.metrics')[1]!.payload).toMatchObject({ fromStep: 3 });
    await engine.answer(engine.of('run.metrics')[1], [{ name: 'loss', steps: [3], values: [0] }]);
    draw();
    expect(state.curve('loss').steps).toEqual([0, 1, 2, 3]);
    expect(state.step).toBe(5);
  });

  test('many events make one question at a time', async () => {
    const { engine } = await followRun();
    for (let step = 4; step < 30; step++) {
      await engine.say('p', 'run.progress', progressAt(step));
      await pass(20);
    }
    expect(engine.of('run.metrics').length).toBeLessThanOrEqual(2);
  });

  test('answers within one frame are drawn once', async () => {
    const { engine, state, frames } = await followRun();
    const before = state.curves;
    for (const [index, step] of [3, 4].entries()) {
      await engine.say('p', 'run.progress', progressAt(step + 1));
      await pass(1000);
      await engine.answer(engine.of('run.metrics')[index + 1], [
        { name: 'loss', steps: [step], values: [0] },
      ]);
    }
    expect(frames).toHaveLength(1);
    expect(state.curves).toBe(before);
    frames[0]!();
    expect(state.curve('loss').steps).toEqual([0, 1, 2, 3, 4]);
  });

  test('a run that goes on from a checkpoint is read anew, because its curve was cut', async () => {
    const { engine, state, draw } = await followRun();
    await engine.say('p', 'run.event', event('resumed'));
    await engine.answer(engine.of('run.show').at(-1), detailsOf({ ...running, step: 1 }));
    await engine.answer(engine.of('run.metrics').at(-1), [{ name: 'loss', steps: [0], values: [3] }]);
    draw();
    expect(state.curve('loss').steps).toEqual([0]);
  });

  test('events of other runs and projects are not its own', async () => {
    const { engine } = await followRun();
    await engine.say('other', 'run.event', event('paused'));
    await engine.say('p', 'run.event', { ...event('paused'), runId: 4 });
    expect(engine.of('run.show')).toHaveLength(1);
    await engine.say('p', 'run.event', event('paused'));
    expect(engine.of('run.show')).toHaveLength(2);
  });

  test('after it is closed nothing is asked and old answers change nothing', async () => {
    const { engine, state, stop, frames } = await followRun();
    await engine.say('p', 'run.progress', progressAt(4));
    await pass(1000);
    stop();
    await engine.answer(engine.of('run.metrics')[1], [{ name: 'loss', steps: [3], values: [0] }]);
    await engine.say('p', 'run.progress', progressAt(9));
    await pass(5000);
    expect(frames).toHaveLength(0);
    expect(engine.of('run.metrics')).toHaveLength(2);
    expect(state.curve('loss').steps).toEqual([0, 1, 2]);
  });

  test('a run that cannot be read says why', async () => {
    const engine = new HandEngine();
    const client = new EngineClient(engine);
    const state = new RunScreenState(client, new ProjectState(client, 'p'), 9, () => undefined);
    void state.read();
    await engine.refuse(engine.of('run.show')[0], 'internal');
    expect(state.error).toMatchObject({ code: 'internal' });
  });

  test('its verdict knows how many images were asked, and its changes what was set by hand', async () => {
    const { state } = await followRun();
    expect(state.knnImages).toBe(40);
    expect(state.verdict!.sentence).toBe('Too early to say.');
    expect(state.nearestPreset).toBe('quick');
    expect(state.changes).toEqual([]);
  });

  test('steps of an epoch come from the plan, or from the epochs', () => {
    const config = { ...presets.quick.config, optimizer: { ...presets.quick.config.optimizer, epochs: 2.5 } };
    expect(countStepsPerEpoch({ plan: null, totalSteps: 47, config })).toBe(19);
  });
});
