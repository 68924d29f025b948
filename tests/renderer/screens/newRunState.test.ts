import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EngineClient } from '../../../renderer/bridge/engineClient.svelte.ts';
import { NewRunState } from '../../../renderer/screens/newRun/newRunState.svelte.ts';
import { readSavedDraft } from '../../../renderer/screens/newRun/savedDraft.ts';
import { ProjectState } from '../../../renderer/state/projectState.svelte.ts';
import { detailsOf, HandEngine, settle, summaryOf } from '../fixtures.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const dataset = (id: number) => ({ id, name: `set ${id}` });
const split = (id: number, datasetId: number) => ({ id, datasetId, name: `split ${id}` });
const measuredIn = (totalMs: number) => ({
  cost: { stepMs: 100, measuredSteps: 9 },
  forecast: { epochs: 30, totalSteps: 10, stepsPerEpoch: 1, totalMs, leastMs: totalMs, mostMs: totalMs },
});

async function openState(runs: ReturnType<typeof summaryOf>[] = []) {
  const engine = new HandEngine();
  const client = new EngineClient(engine);
  const project = new ProjectState(client, 'p');
  const opened = project.open();
  const info = { folder: 'p', name: 'p', readOnly: false, datasets: [dataset(1), dataset(2)], runs };
  await engine.answer(engine.of('project.open')[0], info);
  await opened;
  const state = new NewRunState(client, project);
  return { engine, client, project, state };
}

async function openReady(runs: ReturnType<typeof summaryOf>[] = []) {
  const parts = await openState(runs);
  void parts.state.open(null);
  await parts.engine.answer(parts.engine.of('split.list')[0], [split(4, 2), split(7, 2)]);
  return parts;
}

describe('the New run screen’s state', () => {
  test('it begins with the newest images and their newest split', async () => {
    const { engine, state } = await openReady();
    expect(engine.of('split.list')[0]!.payload).toEqual({ project: 'p', dataset: 2 });
    expect(state.draft).toMatchObject({ datasetId: 2, splitId: 7 });
    expect(state.canStart).toBe(true);
  });

  test('it begins from a run where one is named, and does not take that run again over what was typed since', async () => {
    const { engine, state } = await openState();
    void state.open(3);
    await engine.answer(engine.of('run.show')[0], detailsOf({ id: 3, datasetId: 1, splitId: 5, seed: 9 }));
    await engine.answer(engine.of('split.list')[0], [split(5, 1)]);
    expect(state.draft).toMatchObject({ datasetId: 1, splitId: 5, seed: 9 });
    state.change({ name: 'typed' });
    void state.open(3);
    await settle();
    expect(engine.of('run.show')).toHaveLength(1);
    expect(state.draft.name).toBe('typed');
  });

  test('what was typed outlives a reload of the page, with its sweep, also where it began from a run', async () => {
    const { engine, client, project, state } = await openState();
    void state.open(3);
    await engine.answer(engine.of('run.show')[0], detailsOf({ id: 3, datasetId: 1, splitId: 5, seed: 9 }));
    await engine.answer(engine.of('split.list')[0], [split(5, 1)]);
    state.change({ name: 'typed' });
    state.sweep = { kind: 'list', path: 'masking.dropRatio', text: '0.4, 0.' };
    const saved = readSavedDraft(JSON.stringify(state.save()));

    const reloaded = new NewRunState(client, project);
    reloaded.restore(saved!);
    void reloaded.open(3);
    await engine.answer(engine.of('split.list')[1], [split(5, 1)]);
    expect(engine.of('run.show')).toHaveLength(1);
    expect(reloaded.draft).toEqual(state.draft);
    expect(reloaded.sweep).toEqual(state.sweep);
  });

  test.each([null, '{', '{}', '{"draft":{"preset":"gone"}}'])('%s is no draft to go on with', (text) => {
    expect(readSavedDraft(text)).toBeNull();
  });

  test('a sweep of another version is left out', async () => {
    const { state } = await openState();
    const { draft } = state;
    const saved = readSavedDraft(JSON.stringify({ draft, sweep: { kind: 'list', path: 'gone', text: '1' } }));
    expect(saved).toEqual({ draft, sweep: { kind: 'none' }, from: null });
  });

  test('measured presets are known at once, the cheap ones left are measured one after the other, the paper’s never unasked', async () => {
    const { engine, state } = await openReady();
    void state.measurePresets();
    const asked = engine.of('run.forecast');
    expect(asked).toHaveLength(4);
    for (const question of asked) {
      const { preset } = question.payload as { preset: string };
      await engine.answer(question, preset === 'thorough' ? measuredIn(5) : null);
    }
    expect(state.costs.of('thorough').kind).toBe('measured');
    expect(state.costs.of('quick').kind).toBe('measuring');
    expect(state.costs.of('standard').kind).toBe('waiting');
    expect(state.costs.of('paper').kind).toBe('unknown');
    expect(engine.of('run.measure')).toHaveLength(1);
    await engine.answer(engine.of('run.measure')[0], measuredIn(6));
    expect(state.costs.of('quick')).toMatchObject({ kind: 'measured', isFresh: true });
    expect(engine.of('run.measure')).toHaveLength(2);
    await engine.answer(engine.of('run.measure')[1], measuredIn(7));
    expect(engine.of('run.measure')).toHaveLength(2);
  });

  test('nothing is measured unasked while a run trains', async () => {
    const { engine, state } = await openReady([summaryOf({ state: 'running' })]);
    void state.measurePresets();
    for (const question of engine.of('run.forecast')) await engine.answer(question, null);
    expect(engine.of('run.measure')).toHaveLength(0);
    expect(state.costs.of('quick').kind).toBe('unknown');
  });

  test('a cancelled measurement leaves its cost unknown and the next one waiting is forgotten', async () => {
    const { engine, state } = await openReady();
    state.costs.measure('quick', state.presetSettings('quick')!);
    state.costs.measure('standard', state.presetSettings('standard')!);
    state.costs.cancel();
    expect(engine.cancelled).toEqual([engine.of('run.measure')[0]!.id]);
    await engine.refuse(engine.of('run.measure')[0], 'cancelled');
    expect(state.costs.of('quick').kind).toBe('unknown');
    expect(state.costs.of('standard').kind).toBe('unknown');
    expect(state.costs.current).toBeNull();
  });

  test('what was measured for other images is not taken for these', async () => {
    const { engine, state } = await openReady();
    state.costs.measure('quick', state.presetSettings('quick')!);
    state.chooseSplit(4);
    void state.measurePresets();
    await engine.answer(engine.of('run.measure')[0], measuredIn(6));
    expect(state.costs.of('quick').kind).not.toBe('measured');
  });

  test('only the settings that rest are asked about, and unknown costs stay unknown', async () => {
    const { engine, state } = await openReady();
    for (const minutes of [5, 6, 7]) {
      state.change({ minutes });
      state.askForecast();
      vi.advanceTimersByTime(50);
    }
    vi.advanceTimersByTime(1000);
    await settle();
    expect(engine.of('run.forecast').map(({ payload }) => (payload as { minutes: number }).minutes)).toEqual([
      7,
    ]);
    await engine.answer(engine.of('run.forecast')[0], null);
    expect(state.forecast.kind).toBe('unknown');
  });

  test('the time of a sweep is the sum of its runs, and says how many are missing', async () => {
    const { engine, state } = await openReady();
    state.sweep = { kind: 'seeds', count: 3 };
    state.askForecast();
    vi.advanceTimersByTime(1000);
    await settle();
    const asked = engine.of('run.forecast');
    expect(asked).toHaveLength(3);
    for (const [index, question] of asked.entries()) {
      await engine.answer(question, index === 1 ? null : measuredIn(1000));
    }
    expect(state.forecast).toMatchObject({ kind: 'known', missing: 1 });
  });

  test('a field whose text is no value, or that contradicts another, keeps the run from starting', async () => {
    const { state } = await openReady();
    state.setReadable('model.depth', false);
    expect(state.canStart).toBe(false);
    state.resetSetting('model.depth');
    expect(state.canStart).toBe(true);
    state.changeSetting('model.numHeads', 3);
    expect(state.canStart).toBe(false);
    state.resetAll();
    expect(state.canStart).toBe(true);
  });

  test('making a sweep creates and enqueues each run in order, then leaves the draft for the next', async () => {
    const { engine, state } = await openReady();
    state.change({ name: 'mine' });
    state.sweep = { kind: 'seeds', count: 2 };
    const made = state.make();
    for (const index of [0, 1]) {
      await engine.answer(engine.of('run.create')[index], detailsOf({ id: 10 + index }));
      await engine.answer(engine.of('run.enqueue')[index], summaryOf({ id: 10 + index }));
    }
    expect((await made).map(({ id }) => id)).toEqual([10, 11]);
    expect(engine.of('run.create')[1]!.payload).toMatchObject({
      name: 'mine, seed 48',
      seed: 48,
      tags: ['sweep: seeds'],
    });
    expect(state.draft.name).toBe('');
    expect(state.making).toBeNull();
  });

  test('a run without a name gets the one that was suggested', async () => {
    const { engine, state } = await openReady();
    state.changeSetting('model.depth', 2);
    const suggested = state.suggestedName;
    expect(suggested).toBe('quick, encoder depth changed, seed 47');
    const made = state.make();
    await engine.answer(engine.of('run.create')[0], detailsOf({ id: 10 }));
    await engine.answer(engine.of('run.enqueue')[0], summaryOf({ id: 10 }));
    await made;
    expect(engine.of('run.create')[0]!.payload).toMatchObject({ name: suggested });
  });

  test('a run that cannot be made leaves everything typed where it is', async () => {
    const { engine, state } = await openReady();
    state.change({ name: 'mine' });
    const made = state.make();
    await engine.refuse(engine.of('run.create')[0], 'request.invalid');
    await expect(made).rejects.toMatchObject({ code: 'request.invalid' });
    expect(state.draft.name).toBe('mine');
    expect(state.making).toBeNull();
  });

  test('a sweep that failed half way goes on where it stopped, unless something else is asked', async () => {
    const { engine, state } = await openReady();
    state.sweep = { kind: 'seeds', count: 2 };
    const first = state.make();
    await engine.answer(engine.of('run.create')[0], detailsOf({ id: 10 }));
    await engine.answer(engine.of('run.enqueue')[0], summaryOf({ id: 10 }));
    await engine.answer(engine.of('run.create')[1], detailsOf({ id: 11 }));
    await engine.refuse(engine.of('run.enqueue')[1], 'internal');
    await expect(first).rejects.toMatchObject({ code: 'internal' });

    const again = state.make();
    await engine.answer(engine.of('run.enqueue')[2], summaryOf({ id: 11 }));
    expect((await again).map(({ id }) => id)).toEqual([10, 11]);
    expect(engine.of('run.create')).toHaveLength(2);

    state.sweep = { kind: 'seeds', count: 2 };
    void state.make();
    await settle();
    expect(engine.of('run.create')).toHaveLength(3);
  });

  test('the pictures are drawn anew for what the model sees, not for the time', async () => {
    const { engine, state } = await openReady();
    const show = () => {
      state.preview.show(state.settings[0]!);
      vi.advanceTimersByTime(1000);
    };
    show();
    state.change({ minutes: 30 });
    show();
    expect(engine.of('image.preview')).toHaveLength(1);
    state.changeSetting('masking.dropRatio', 0.8);
    show();
    state.preview.drawAgain();
    show();
    state.preview.choose([3, 4]);
    show();
    expect(engine.of('image.preview')).toHaveLength(4);
    expect(engine.of('image.preview')[3]!.payload).toMatchObject({ images: [3, 4], draw: 1, count: 6 });
    expect(engine.of('image.preview')[3]!.payload).not.toHaveProperty('minutes');
  });
});
