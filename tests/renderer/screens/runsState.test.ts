import { describe, expect, test } from 'vitest';
import { EngineClient } from '../../../renderer/bridge/engineClient.svelte.ts';
import { describeRuns, matchesFilter, RunsState } from '../../../renderer/screens/runs/runsState.svelte.ts';
import { ProjectState } from '../../../renderer/state/projectState.svelte.ts';
import { Toasts } from '../../../renderer/state/toasts.svelte.ts';
import { RunActions } from '../../../renderer/state/runActions.ts';
import { countTags } from '../../../renderer/state/runTags.ts';
import { describeState, listActions } from '../../../renderer/state/runWords.ts';
import { HandEngine, settle, summaryOf } from '../fixtures.ts';

const runs = [
  summaryOf({ id: 3, name: 'wide', tags: ['b', 'a'], state: 'running' }),
  summaryOf({ id: 2, name: 'deep', tags: ['a'], notes: 'for the paper' }),
  summaryOf({ id: 1, name: 'first', state: 'failed' }),
];

async function openRuns() {
  const engine = new HandEngine();
  const client = new EngineClient(engine);
  const project = new ProjectState(client, 'p');
  void project.open();
  await engine.answer(engine.of('project.open')[0], {
    folder: 'p',
    name: 'p',
    readOnly: false,
    datasets: [],
    runs,
  });
  return { engine, client, project, state: new RunsState(client, project) };
}

describe('the list of runs', () => {
  test('text is looked for in name, notes, tags, state and number', () => {
    const find = (text: string) =>
      runs.filter((run) => matchesFilter(run, { text, state: null, tag: null })).map(({ id }) => id);
    expect(find('PAPER deep')).toEqual([2]);
    expect(find('training')).toEqual([3]);
    expect(find('')).toEqual([3, 2, 1]);
    expect(find('nothing like it')).toEqual([]);
  });

  test('state and tag narrow it together, and can be taken back', async () => {
    const { state } = await openRuns();
    state.narrow({ tag: 'a' });
    expect(state.shown.map(({ id }) => id)).toEqual([3, 2]);
    state.narrow({ state: 'running' });
    expect(state.shown.map(({ id }) => id)).toEqual([3]);
    expect(state.isFiltered).toBe(true);
    state.showAll();
    expect(state.shown).toHaveLength(3);
  });

  test('what is selected but no longer shown does not count', async () => {
    const { state, project } = await openRuns();
    state.select([1, 2]);
    state.narrow({ text: 'deep' });
    expect(state.selected.map(({ id }) => id)).toEqual([2]);
    state.showAll();
    project.replaceRun(summaryOf({ id: 2, trashedAtMs: 5 }));
    expect(state.selected.map(({ id }) => id)).toEqual([1]);
  });

  test('tags are counted, the most used first', () => {
    expect(countTags(runs)).toEqual([
      { tag: 'a', runs: 2 },
      { tag: 'b', runs: 1 },
    ]);
  });

  test('the verdict names what goes on, and the best with its interval and a caution where it was chosen among several', () => {
    expect(describeRuns(runs).sentence).toBe(
      '3 runs, one in training. None has been scored on the test images yet.',
    );
    const score = { probe: 'ridge', top1: 0.7, ci95: [0.6, 0.78], n: 90, randomTop1: 0.5 } as const;
    const one = summaryOf({ id: 4, name: 'good', state: 'queued', score });
    expect(describeRuns([one])).toEqual({
      sentence: '1 run, one waiting. The best scored: “good”, 70.0\u00a0% (60.0 to 78.0).',
      detail: '',
    });
    const other = summaryOf({ id: 5, score: { ...score, top1: 0.6 } });
    expect(describeRuns([other, one])).toMatchObject({
      sentence: expect.stringContaining('“good”'),
      detail: expect.stringContaining('partly luck'),
    });
  });

  test('the trash is a list of its own', async () => {
    const { engine, state } = await openRuns();
    state.select([1]);
    void state.showTrash(true);
    expect(engine.of('run.list')[0]!.payload).toEqual({ project: 'p', trashed: true });
    await engine.answer(engine.of('run.list')[0], [summaryOf({ id: 9, trashedAtMs: 4 })]);
    expect(state.shown.map(({ id }) => id)).toEqual([9]);
    expect(state.selected).toEqual([]);
  });
});

function actOn(client: EngineClient, project: ProjectState) {
  const toasts = new Toasts();
  const attempt: Toasts['attempt'] = (doing, act) => toasts.attempt(doing, act);
  return { toasts, actions: new RunActions({ client, toasts, attempt }, project) };
}

describe('what can be done with a run', () => {
  test('depends on its state, and on what was asked of it already', () => {
    const actions = (change: Parameters<typeof summaryOf>[0]) => listActions(summaryOf(change));
    expect(actions({ state: 'running' })).toEqual(['pause', 'stop']);
    expect(actions({ state: 'running', asked: 'pause' })).toEqual([]);
    expect(actions({ state: 'interrupted' })).toContain('resume');
    expect(actions({ state: 'finished' })).toEqual(['delete']);
    expect(describeState(summaryOf({ state: 'running', asked: 'stop' })).label).toBe('Stopping');
  });

  test('trashing says so with the way back, and the way back restores', async () => {
    const { engine, client, project } = await openRuns();
    const { actions, toasts } = actOn(client, project);
    const trashed = actions.trash([runs[1]!]);
    await engine.answer(engine.of('run.delete')[0], { ...runs[1]!, trashedAtMs: 5 });
    expect(await trashed).toBe(true);
    expect(project.findRun(2)).toBeNull();
    expect(toasts.list[0]!.message).toBe('Moved “deep” to the trash.');
    toasts.list[0]!.action!.run();
    await settle();
    await engine.answer(engine.of('run.restore')[0], runs[1]);
    expect(project.findRun(2)).not.toBeNull();
  });

  test('what cannot be done is reported and answers null', async () => {
    const { engine, client, project } = await openRuns();
    const { actions, toasts } = actOn(client, project);
    const changed = actions.annotate({ id: 1 }, { tags: ['x'] });
    await engine.refuse(engine.of('run.annotate')[0], 'internal');
    expect(await changed).toBeNull();
    expect(toasts.list.map(({ about }) => about)).toEqual(['Saving what you wrote']);

    // The next try that works takes the failure off the screen.
    const again = actions.annotate({ id: 1 }, { tags: ['x'] });
    await engine.answer(engine.of('run.annotate')[1], runs[0]);
    expect(await again).not.toBeNull();
    expect(toasts.list).toEqual([]);
  });
});
