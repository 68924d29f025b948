// Long lists: which rows exist, where keys lead, and the order of a table.
import { describe, expect, test } from 'vitest';
import { choosePressed } from '../../../renderer/widgets/chosenStretch.ts';
import { nextOrder, sortRows } from '../../../renderer/widgets/tableSort.ts';
import {
  computeWindow,
  countColumns,
  countSlots,
  moveInGrid,
  scrollToShow,
} from '../../../renderer/widgets/virtualWindow.ts';

describe('the window of a long list', () => {
  test('holds what is in sight and the spare rows, within the list', () => {
    expect(computeWindow(0, 400, 40, 1000, 5)).toEqual({ start: 0, end: 15 });
    expect(computeWindow(4000, 400, 40, 1000, 5)).toEqual({ start: 95, end: 115 });
    expect(computeWindow(39_600, 400, 40, 1000, 5)).toEqual({ start: 985, end: 1000 });
    expect(computeWindow(0, 400, 40, 0, 5)).toEqual({ start: 0, end: 0 });
  });

  test('gives every row that exists at once a place of its own, wherever the list stands', () => {
    const slots = countSlots(530, 160, 3);
    for (let top = 0; top < 20_000; top += 37) {
      const { start, end } = computeWindow(top, 530, 160, 1000, 3);
      const places = new Set(Array.from({ length: end - start }, (_, offset) => (start + offset) % slots));
      expect(places.size).toBe(end - start);
    }
  });

  test('stays valid when the list has become shorter than the scroll position', () => {
    const { start, end } = computeWindow(90_000, 400, 40, 10, 3);
    expect(start).toBeLessThan(10);
    expect(end).toBe(10);
  });

  test('fits as many cells as the width allows, at least one', () => {
    expect(countColumns(960, 120, 8)).toBe(7);
    expect(countColumns(888, 120, 8)).toBe(7);
    expect(countColumns(887, 120, 8)).toBe(6);
    expect(countColumns(50, 120, 8)).toBe(1);
  });

  test('moves by the least that shows a row', () => {
    expect(scrollToShow(100, 400, 200, 40)).toBe(100);
    expect(scrollToShow(100, 400, 60, 40)).toBe(60);
    expect(scrollToShow(100, 400, 600, 40)).toBe(240);
    expect(scrollToShow(100, 400, 110, 40, 37)).toBe(73);
  });
});

describe('what a press chooses', () => {
  const keyAt = (index: number) => 'abcde'[index]!;
  const press = (chosen: string[], anchor: number, index: number, isStretch: boolean) =>
    [...choosePressed(new Set(chosen), keyAt, { anchor, index, isStretch })].sort();

  test('one is turned over, a stretch is added either way', () => {
    expect(press(['a'], 0, 2, false)).toEqual(['a', 'c']);
    expect(press(['a', 'c'], 0, 2, false)).toEqual(['a']);
    expect(press(['a'], 1, 3, true)).toEqual(['a', 'b', 'c', 'd']);
    expect(press(['a'], 3, 1, true)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('keys in a grid', () => {
  test('arrows, pages and ends lead to existing cells only', () => {
    expect(moveInGrid('ArrowRight', 9, 10, 4, 2)).toBe(9);
    expect(moveInGrid('ArrowDown', 3, 10, 4, 2)).toBe(7);
    expect(moveInGrid('ArrowUp', 2, 10, 4, 2)).toBe(2);
    expect(moveInGrid('PageDown', 0, 10, 4, 2)).toBe(8);
    expect(moveInGrid('End', 0, 10, 4, 2)).toBe(9);
    expect(moveInGrid('Home', 9, 10, 4, 2)).toBe(0);
    expect(moveInGrid('a', 3, 10, 4, 2)).toBeNull();
  });

  test('down from above a missing cell goes to the last one, and from the last row nowhere', () => {
    expect(moveInGrid('ArrowDown', 7, 10, 4, 2)).toBe(9);
    expect(moveInGrid('ArrowDown', 8, 10, 4, 2)).toBe(8);
  });
});

describe('order of a table', () => {
  const rows = [{ v: 3 }, { v: null }, { v: 1 }, { v: Number.NaN }, { v: 2 }];

  test('rows without a value come last in both directions', () => {
    expect(sortRows(rows, ({ v }) => v, false).map(({ v }) => v)).toEqual([1, 2, 3, null, Number.NaN]);
    expect(sortRows(rows, ({ v }) => v, true).map(({ v }) => v)).toEqual([3, 2, 1, null, Number.NaN]);
  });

  test('names with numbers sort as people count, and equals keep their order', () => {
    const names = ['run 10', 'Run 2', 'run 2', 'run 1'];
    expect(sortRows(names, (name) => name, false)).toEqual(['run 1', 'Run 2', 'run 2', 'run 10']);
  });

  test('a column goes through its natural direction, the other one, and none', () => {
    const first = nextOrder(null, 'knn', true);
    expect(first).toEqual({ column: 'knn', descending: true });
    const second = nextOrder(first, 'knn', true);
    expect(second).toEqual({ column: 'knn', descending: false });
    expect(nextOrder(second, 'knn', true)).toBeNull();
    expect(nextOrder(second, 'name', false)).toEqual({ column: 'name', descending: false });
  });
});
