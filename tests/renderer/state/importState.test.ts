import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import type { SourceInspection } from '../../../engine/contract/images.ts';
import { estimatePace } from '../../../renderer/state/importPace.ts';
import { ImportState, nameOf } from '../../../renderer/state/importState.svelte.ts';
import { createHandRequester, settle } from '../handRequester.ts';

const folder: SourceInspection = {
  path: '/pictures/orchids',
  kind: 'folder',
  layout: 'classFolders',
  imageFileCount: 30,
  classes: ['a', 'b'],
  classCount: 2,
  columns: [],
  chosen: {},
  rowCount: 0,
  warnings: [],
};
const table: SourceInspection = {
  ...folder,
  path: '/pictures/lungs.csv',
  kind: 'csv',
  layout: null,
  columns: [
    { name: 'path', examples: ['1.png'] },
    { name: 'patient', examples: ['p1'] },
  ],
  chosen: { file: 'path', label: null, group: 'patient', split: null },
};

async function prepare(inspection: SourceInspection) {
  const { asked, client } = createHandRequester();
  let nowMs = 0;
  const state = new ImportState(client, '/p', () => nowMs);
  const inspecting = state.inspect(inspection.path);
  await asked[0]!.answer(inspection);
  await inspecting;
  return { state, asked, wait: (ms: number) => (nowMs += ms) };
}

describe('an import', () => {
  test('looks first, then imports, then divides by itself', async () => {
    const { state, asked } = await prepare(folder);
    expect([state.step, state.name, state.canImport]).toEqual(['ready', 'orchids', true]);
    const run = state.run();
    expect(asked[1]).toMatchObject({
      name: 'dataset.import',
      payload: { project: '/p', path: '/pictures/orchids', name: 'orchids' },
    });
    await asked[1]!.answer({ id: 3, splits: [] });
    expect(asked[2]).toMatchObject({ name: 'split.create', payload: { project: '/p', dataset: 3 } });
    await asked[2]!.answer({ split: { id: 9 }, leaks: [] });
    expect(await run).toEqual({ dataset: { id: 3, splits: [{ id: 9 }] }, splitError: null });
  });

  test('is not offered where there is nothing to import', async () => {
    const { state } = await prepare({ ...folder, imageFileCount: 0 });
    expect(state.canImport).toBe(false);
  });

  test('images that cannot be divided are there all the same, with the reason', async () => {
    const { state, asked } = await prepare(folder);
    const run = state.run();
    await asked[1]!.answer({ id: 3, splits: [] });
    const error = new EngineError('split.impossible', 'one group');
    await asked[2]!.refuse(error);
    expect(await run).toMatchObject({ dataset: { id: 3 }, splitError: error });
  });

  test('a table is imported by the columns that were chosen, and only with one for the files', async () => {
    const { state, asked } = await prepare(table);
    state.setColumn('file', null);
    expect(state.canImport).toBe(false);
    expect(await state.run()).toBeNull();
    expect(asked).toHaveLength(1);
    state.setColumn('file', 'path');
    state.setColumn('group', null);
    void state.run();
    expect(asked[1]!.payload).toMatchObject({
      name: 'lungs',
      columns: { file: 'path', label: null, group: null, split: null },
    });
  });

  test('giving up leads back to what was inspected and says that nothing was stored', async () => {
    const { state, asked } = await prepare(folder);
    const run = state.run();
    state.cancel();
    expect(await run).toBeNull();
    expect(asked[1]!.signal!.aborted).toBe(true);
    expect(state).toMatchObject({ step: 'ready', wasCancelled: true, error: null });
  });

  test('a failure keeps what was chosen, so that one can change it and try again', async () => {
    const { state, asked } = await prepare(folder);
    const run = state.run();
    await asked[1]!.refuse(new EngineError('dataset.empty', 'nothing'));
    expect(await run).toBeNull();
    expect([state.step, state.error?.code, state.canImport]).toEqual(['ready', 'dataset.empty', true]);
  });

  test('a path that cannot be looked at leads back to choosing', async () => {
    const { asked, client } = createHandRequester();
    const state = new ImportState(client, '/p');
    void state.inspect('/nowhere');
    await asked[0]!.refuse(new EngineError('file.missing', 'gone'));
    expect([state.step, state.error?.code]).toEqual(['choose', 'file.missing']);
  });

  test('choosing another folder meanwhile drops the answer about the first', async () => {
    const { asked, client } = createHandRequester();
    const state = new ImportState(client, '/p');
    void state.inspect('/first');
    void state.inspect('/pictures/lungs.csv');
    await asked[0]!.answer(folder);
    await asked[1]!.answer(table);
    expect(state.inspection?.path).toBe('/pictures/lungs.csv');
  });

  test('the pace counts from the first file that was read, not from the listing', async () => {
    const { state, asked, wait } = await prepare(folder);
    void state.run();
    await settle();
    const progress = { total: 30, accepted: 0, quarantined: 0 };
    asked[1]!.say('import.progress', { ...progress, phase: 'listing', done: 0 });
    wait(60_000);
    asked[1]!.say('import.progress', { ...progress, phase: 'reading', done: 0 });
    expect(state.pace.leftMs).toBeNull();
    wait(2_000);
    asked[1]!.say('import.progress', { ...progress, phase: 'reading', done: 10 });
    expect(state.pace).toEqual({ perSecond: 5, leftMs: 4_000 });
  });
});

test('no pace is told before a second has passed', () => {
  expect(estimatePace({ done: 500, total: 1000 }, 900)).toEqual({ perSecond: null, leftMs: null });
});

test('a name comes from the last part of a path, on any platform', () => {
  expect(nameOf('/a/Orchids 2026/')).toBe('Orchids 2026');
  expect(nameOf('C:\\lungs\\table.CSV')).toBe('table');
  expect(nameOf('/')).toBe('/');
});
