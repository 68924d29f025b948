import { expect, test } from 'vitest';
import { EngineClient } from '../../../renderer/bridge/engineClient.svelte.ts';
import { HomeState } from '../../../renderer/state/homeState.svelte.ts';
import { HandEngine } from '../fixtures.ts';

const listing = (path: string, parent: string | null, folders: object[] = []) => ({ path, parent, folders });
const pollen = { name: 'pollen', path: '/home/a/pollen', isProject: true };

test.each([
  ['a project', true, [pollen]],
  ['a folder of images', false, [{ ...pollen, isProject: false }]],
])('what was dropped is known for %s', async (_, expected, folders) => {
  const engine = new HandEngine();
  const asked = new HomeState(new EngineClient(engine)).isProject('/home/a/pollen');
  await engine.answer(engine.of('folder.list')[0], listing('/home/a/pollen', '/home/a'));
  await engine.answer(engine.of('folder.list')[1], listing('/home/a', '/home', folders));
  expect(await asked).toBe(expected);
});

test('a table, which is no folder, is no project', async () => {
  const engine = new HandEngine();
  const asked = new HomeState(new EngineClient(engine)).isProject('/home/a/labels.csv');
  await engine.refuse(engine.of('folder.list')[0], 'request.invalid');
  expect(await asked).toBe(false);
});
