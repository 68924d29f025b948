// Where the tooltip stands.
import { expect, test } from 'vitest';
import { placeTip } from '../../../renderer/widgets/pageTip.ts';

const view = { width: 1000, height: 700 };
const tip = { width: 100, height: 30 };
const thing = (left: number, top: number) => ({ left, top, width: 28, height: 28 });

test('a tip stands on its side, in the middle of what it explains', () => {
  expect(placeTip('top', thing(500, 300), tip, view)).toEqual({ left: 464, top: 264 });
  expect(placeTip('right', thing(500, 300), tip, view)).toEqual({ left: 534, top: 299 });
});

test('where there is no room it stands on the other side', () => {
  expect(placeTip('top', thing(500, 10), tip, view).top).toBe(44);
  expect(placeTip('left', thing(20, 300), tip, view).left).toBe(54);
});

test('it never reaches over the edges of the window', () => {
  expect(placeTip('top', thing(980, 300), tip, view).left).toBe(892);
  expect(placeTip('bottom', thing(0, 300), tip, view).left).toBe(8);
  expect(placeTip('top', thing(500, 0), { width: 100, height: 690 }, view).top).toBe(8);
});
