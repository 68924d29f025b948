import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EngineError } from '../../../../engine/contract/errors.ts';
import { ImageGridState, pageSize } from '../../../../renderer/screens/images/imageGridState.svelte.ts';
import { ImageRows } from '../../../../renderer/screens/images/imageRows.svelte.ts';
import { createHandRequester } from '../../handRequester.ts';

const page = (offset: number, total = 50_000, count = pageSize) => ({
  total,
  offset,
  images: Array.from({ length: Math.min(count, total - offset) }, (_, index) => ({ id: offset + index + 1 })),
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the grid', () => {
  test('reads only the pages that come into sight, each once', async () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.showSplit(4);
    await asked[0]!.answer(page(0));
    expect(asked[0]!.payload).toMatchObject({ dataset: 7, split: 4, offset: 0, limit: pageSize });
    grid.show(25_000, 25_040);
    grid.show(25_010, 25_050);
    expect(asked.map(({ payload }) => payload['offset'])).toEqual([0, 25_000]);
    expect(grid.rowAt(25_003)).toBeUndefined();
    await asked[1]!.answer(page(25_000));
    expect(grid.rowAt(25_003)?.id).toBe(25_004);
    grid.show(49_990, 50_100);
    expect(asked.at(-1)!.payload['offset']).toBe(49_800);
  });

  test('a view across a border between pages asks for both', async () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.reload();
    await asked[0]!.answer(page(0));
    grid.show(pageSize - 1, pageSize + 1);
    expect(asked.map(({ payload }) => payload['offset'])).toEqual([0, pageSize]);
  });

  test('a filter forgets the pages and gives up what was still asked', async () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.showSplit(4);
    await asked[0]!.answer(page(0));
    grid.show(1_000, 1_010);
    grid.toggleClass('rose');
    expect(asked[1]!.signal!.aborted).toBe(true);
    expect(asked[2]!.payload).toMatchObject({ classes: ['rose'], offset: 0 });
    expect(grid.total).toBe(50_000);
    await asked[2]!.answer(page(0, 80));
    expect([grid.total, grid.rowAt(1_000), grid.isFiltered]).toEqual([80, undefined, true]);
    grid.toggleClass('rose');
    expect(asked[3]!.payload).not.toHaveProperty('classes');
  });

  test('what is in sight far down is asked again when the pages were forgotten', async () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.showSplit(4);
    await asked[0]!.answer(page(0));
    grid.show(1_000, 1_010);
    await asked[1]!.answer(page(1_000));
    grid.showSplit(5);
    await asked[2]!.answer(page(0));
    expect(asked[3]!.payload).toMatchObject({ split: 5, offset: 1_000 });
    await asked[3]!.answer(page(1_000));
    expect(grid.rowAt(1_003)?.id).toBe(1_004);
  });

  test('images without a class are a class of their own', () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.toggleClass(null);
    expect(asked[0]!.payload['classes']).toEqual([null]);
  });

  test('searching waits until typing pauses; emptying the field does not', () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    for (const search of ['f', 'fl', 'flo']) grid.filter({ search });
    expect(asked).toHaveLength(0);
    vi.advanceTimersByTime(250);
    expect(asked.map(({ payload }) => payload['search'])).toEqual(['flo']);
    grid.filter({ search: '' });
    expect(asked).toHaveLength(2);
  });

  test('a page that failed is asked for again when it comes into sight again', async () => {
    const { asked, place } = createHandRequester();
    const grid = new ImageGridState(place);
    grid.reload();
    await asked[0]!.refuse(new EngineError('engine.lost', 'gone'));
    expect(grid.error?.code).toBe('engine.lost');
    grid.show(0, 10);
    await asked[1]!.answer(page(0));
    expect(grid.error).toBeNull();
  });

  test('parts are only filtered by where there is a split', () => {
    const { asked, place } = createHandRequester();
    new ImageGridState(place).filter({ parts: ['test'] });
    expect(asked[0]!.payload).not.toHaveProperty('parts');
  });
});

describe('images by number', () => {
  test('are asked for at most 500 at a time, each once', async () => {
    const { asked, place } = createHandRequester();
    const rows = new ImageRows(place);
    void rows.read(Array.from({ length: 700 }, (_, index) => index + 1));
    await asked[0]!.answer({ ...page(0, 700, 500) });
    expect(asked.map(({ payload }) => (payload['ids'] as number[]).length)).toEqual([500, 200]);
    void rows.read([3, 700, 701]);
    expect(asked[2]!.payload['ids']).toEqual([701]);
    expect(rows.find(3)?.id).toBe(3);
  });

  test('another split forgets the parts that were told', async () => {
    const { asked, place } = createHandRequester();
    const rows = new ImageRows(place);
    void rows.read([1]);
    await asked[0]!.answer(page(0, 1));
    rows.showSplit(2);
    expect(rows.find(1)).toBeUndefined();
    void rows.read([1]);
    expect(asked[1]!.payload).toMatchObject({ ids: [1], split: 2 });
  });
});
