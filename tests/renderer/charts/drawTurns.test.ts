// Charts drawn in turn: each in a task of its own, and only as it is wanted in the end.
import { expect, test } from 'vitest';
import { drawInTurn, giveUpTurn } from '../../../renderer/charts/drawTurns.ts';

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

test('each is drawn in a task of its own, in the order of asking, and once for all that was asked before', async () => {
  const drawn: string[] = [];
  const [first, second, given] = [{}, {}, {}];
  drawInTurn(first, () => drawn.push('first, old'));
  drawInTurn(given, () => drawn.push('given up'));
  drawInTurn(second, () => drawn.push('second'));
  drawInTurn(first, () => drawn.push('first'));
  giveUpTurn(given);
  expect(drawn).toEqual([]);
  await nextTask();
  expect(drawn).toEqual(['first']);
  await nextTask();
  expect(drawn).toEqual(['first', 'second']);
});

test('one that cannot be drawn leaves the others their turn', async () => {
  const drawn: string[] = [];
  const failed = new Promise((resolve) => process.once('uncaughtException', resolve));
  drawInTurn({}, () => {
    throw new Error('no room');
  });
  drawInTurn({}, () => drawn.push('other'));
  expect(await failed).toMatchObject({ message: 'no room' });
  await nextTask();
  expect(drawn).toEqual(['other']);
});
