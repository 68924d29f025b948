import { describe, expect, test } from 'vitest';
import { cellGap, fitCell } from '../../../../renderer/screens/images/cellSizes.ts';
import { listClassBars } from '../../../../renderer/screens/images/classBars.ts';
import { bucketSides } from '../../../../renderer/screens/images/sideBuckets.ts';
import { describeSizes } from '../../../../renderer/screens/images/words.ts';

const details = {
  imageCount: 40,
  labelledCount: 36,
  classes: [
    { name: 'plate 10', images: 6 },
    { name: 'plate 2', images: 20 },
    { name: 'empty', images: 10 },
  ],
};
const split = {
  classes: ['plate 2', 'plate 10'],
  classCounts: { train: [14, 4], validation: [3, 1], test: [3, 1] },
};

describe('class bars', () => {
  test('are in the order people read numbers, with the parts of the class they name', () => {
    const bars = listClassBars(details, split);
    expect(bars.map(({ name }) => name)).toEqual(['empty', 'plate 2', 'plate 10', null]);
    expect(bars[1]!.counts).toEqual({ train: 14, validation: 3, test: 3 });
    expect(bars[0]!.counts).toBeNull();
    expect(bars[3]).toEqual({ name: null, images: 4, counts: null });
  });

  test('by size the largest comes first', () => {
    expect(listClassBars(details, split, 'size').map(({ images }) => images)).toEqual([20, 10, 6, 4]);
  });

  test('a search finds by any part of the name and leaves images without a class out', () => {
    expect(listClassBars(details, null, 'name', 'PLATE').map(({ name }) => name)).toEqual([
      'plate 2',
      'plate 10',
    ]);
  });
});

describe('sizes', () => {
  test('a few sides stand for themselves', () => {
    const sides = [
      { pixels: 96, images: 2 },
      { pixels: 100, images: 5 },
    ];
    expect(bucketSides(sides).map(({ label }) => label)).toEqual(['96', '100']);
  });

  test('many sides fall into steps that lose no image and leave no gap', () => {
    const sides = [8, 31, 32, 33, 47, 48, 200, 1500].map((pixels) => ({ pixels, images: 1 }));
    const buckets = bucketSides(sides);
    expect(buckets.reduce((sum, { images }) => sum + images, 0)).toBe(8);
    expect(buckets[0]).toEqual({ label: '1 to 15', images: 1 });
    expect(buckets.find(({ label }) => label === '32 to 47')?.images).toBe(3);
    expect(buckets.at(-1)).toEqual({ label: '1024 to 1535', images: 1 });
    const ends = buckets.map(({ label }) => label.split(' to ').map(Number));
    for (const [index, [low]] of ends.entries()) if (index > 0) expect(low).toBe(ends[index - 1]![1]! + 1);
  });

  const makeup = {
    formats: [],
    notes: [],
    notedCount: 0,
    groupCount: 0,
    givenSplitCount: 0,
    shortSides: [
      { pixels: 96, images: 2 },
      { pixels: 2400, images: 98 },
    ],
    commonSize: { width: 3000, height: 2400, images: 98 },
    sizeCount: 2,
  };

  test('are told by the most frequent one and the range', () => {
    expect(describeSizes(makeup, 100)).toBe(
      '98 of 100 are 3,000 × 2,400 pixels. Shorter sides go from 96 to 2,400 pixels.',
    );
  });

  test('no size is called frequent that hardly any image has', () => {
    const scattered = { ...makeup, sizeCount: 40, commonSize: { width: 1, height: 1, images: 3 } };
    expect(describeSizes(scattered, 100)).toMatch(/^40 different sizes\./);
  });
});

test('cells fill the row without making it longer', () => {
  for (const size of ['small', 'medium', 'large'] as const) {
    for (const rowWidth of [300, 731, 936, 1600]) {
      const { width } = fitCell(size, rowWidth);
      const columns = Math.floor((rowWidth + cellGap) / (width + cellGap));
      const used = columns * width + (columns - 1) * cellGap;
      expect(used).toBeLessThanOrEqual(rowWidth);
      expect(rowWidth - used).toBeLessThan(columns);
    }
  }
});
