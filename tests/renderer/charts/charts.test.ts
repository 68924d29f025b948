// The pure parts of charts: colours, smoothing, thinning, axes, confusion, CSV.
import { describe, expect, test } from 'vitest';
import { readFont } from '../../../renderer/charts/canvasFont.ts';
import { describeCell, rowShares, worstPairs } from '../../../renderer/charts/confusion.ts';
import { differenceLimits, readDifference, shareLimits } from '../../../renderer/charts/intervalRow.ts';
import { extentOf, pointsIn, tabulate } from '../../../renderer/charts/lineSeries.ts';
import { findNearest } from '../../../renderer/charts/nearestX.ts';
import { listHues, lookOf } from '../../../renderer/charts/palette.ts';
import { smooth, thin, type Point } from '../../../renderer/charts/smooth.ts';
import { writeCsv } from '../../../renderer/charts/tableCsv.ts';

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe('palette', () => {
  test.each([
    ['light', '#FFFFFF'],
    ['dark', '#1B1F22'],
  ] as const)('every stroke stands out from the %s sheet by 3 to 1', (theme, sheet) => {
    for (const hue of listHues(theme)) expect(contrast(hue, sheet), hue).toBeGreaterThanOrEqual(3);
  });

  test('a run keeps its look, and runs past the eighth differ by more than colour', () => {
    expect(lookOf('run', 3, 'light')).toEqual(lookOf('run', 3, 'light'));
    const looks = Array.from({ length: 24 }, (_, index) => JSON.stringify(lookOf('run', index, 'dark')));
    expect(new Set(looks).size).toBe(24);
    expect(lookOf('run', 8, 'light').dash).not.toEqual(lookOf('run', 0, 'light').dash);
  });

  test('random weights are dashed and gray, supervised thin dots, whatever their index', () => {
    expect(lookOf('random', 0, 'light')).toEqual(lookOf('random', 7, 'light'));
    expect(lookOf('random', 0, 'light').dash).toEqual([6, 4]);
    expect(lookOf('supervised', 2, 'light').dash[0]).toBeLessThan(2);
  });
});

const line = (ys: readonly (number | null)[]): Point[] => ys.map((y, x) => ({ x, y }));

describe('smoothing', () => {
  test('weight zero and constant curves stay as they are', () => {
    const points = line([1, 5, 2, 8]);
    expect(smooth(points, 0)).toBe(points);
    for (const { y } of smooth(line([4, 4, 4, 4, 4]), 0.9)) expect(y).toBeCloseTo(4, 12);
  });

  test('starts without a pull to zero and follows the bias-corrected average', () => {
    const smoothed = smooth(line([2, 4, 6]), 0.5);
    expect(smoothed.map(({ y }) => y)).toEqual([2, (2 * 0.5 + 4) / 1.5, (2 * 0.25 + 4 * 0.5 + 6) / 1.75]);
  });

  test('a gap stays a gap and does not spread', () => {
    const smoothed = smooth(line([1, null, 1, Number.NaN, 1]), 0.8);
    expect(smoothed.map(({ y }) => y)).toEqual([1, null, 1, null, 1]);
  });

  test('a long stretch without points forgets more of the past than even spacing does', () => {
    const lastAfter = (x: number) =>
      smooth(
        [0, 1, x].map((at, i) => ({ x: at, y: i === 2 ? 10 : 0 })),
        0.9,
      ).at(-1)!.y!;
    expect(lastAfter(50)).toBeGreaterThan(lastAfter(2));
  });
});

describe('thinning', () => {
  const noisy = Array.from({ length: 20_000 }, (_, x) => ({ x, y: x === 12_345 ? 99 : Math.sin(x / 50) }));

  test('keeps the ends, every peak, the order, and the number asked for', () => {
    const kept = thin(noisy, 1600);
    expect(kept.length).toBeLessThanOrEqual(1700);
    expect(kept[0]).toBe(noisy[0]);
    expect(kept.at(-1)).toBe(noisy.at(-1));
    expect(kept.some(({ y }) => y === 99)).toBe(true);
    expect(kept.every(({ x }, i) => i === 0 || x > kept[i - 1]!.x)).toBe(true);
  });

  test('a gap survives', () => {
    const gapped = noisy.map((point) => (point.x === 7000 ? { x: 7000, y: null } : point));
    expect(thin(gapped, 400).some(({ y }) => y === null)).toBe(true);
  });

  test('a zoomed stretch shows its own points, with one more on both sides', () => {
    const part = pointsIn(noisy, { min: 100, max: 200 }, 1600);
    expect(part[0]!.x).toBe(99);
    expect(part.at(-1)!.x).toBe(201);
    expect(part).toHaveLength(103);
  });
});

describe('curves', () => {
  const series = [
    { id: 'a', label: 'A', points: line([1, 2, 3]) },
    {
      id: 'b',
      label: 'B',
      points: [
        { x: 1, y: 9 },
        { x: 5, y: 8 },
      ],
    },
  ];

  test('the extent spans all series and is null without points', () => {
    expect(extentOf(series)).toEqual({ min: 0, max: 5 });
    expect(extentOf([{ id: 'c', label: 'C', points: [] }])).toBeNull();
  });

  test('the table joins series by x', () => {
    expect(tabulate(series, 100)).toEqual([
      [0, 1, null],
      [1, 2, 9],
      [2, 3, null],
      [5, null, 8],
    ]);
  });

  test('hover finds the nearest point', () => {
    const points = [{ x: 0 }, { x: 10 }, { x: 11 }, { x: 30 }];
    expect(findNearest(points, -5)).toBe(0);
    expect(findNearest(points, 10.6)).toBe(2);
    expect(findNearest(points, 21)).toBe(3);
    expect(findNearest([{ x: 4 }], 9)).toBe(0);
  });
});

describe('intervals', () => {
  const row = (value: number, low: number | null, high: number | null) => ({ label: 'x', value, low, high });

  test('an axis of shares holds every whisker and never leaves 0 to 1', () => {
    const { min, max } = shareLimits([row(0.5, 0.41, 0.58), row(0.96, 0.9, 0.995)]);
    expect(min).toBeLessThan(0.41);
    expect(max).toBe(1);
    expect(shareLimits([])).toEqual({ min: 0, max: 1 });
  });

  test('an axis of differences is as long on both sides', () => {
    const { min, max } = differenceLimits([row(0.03, -0.01, 0.071)]);
    expect(min).toBe(-max);
    expect(max).toBeGreaterThan(0.071);
  });

  test('a difference is better or worse only when its interval leaves zero out', () => {
    expect(readDifference(row(0.03, 0.004, 0.06))).toBe('better');
    expect(readDifference(row(-0.03, -0.06, -0.004))).toBe('worse');
    expect(readDifference(row(0.03, 0, 0.06))).toBe('unclear');
    expect(readDifference(row(0.03, null, null))).toBe('unclear');
    expect(readDifference({ ...row(0.03, 0.004, 0.06), isSure: false })).toBe('unclear');
    expect(readDifference({ ...row(0.03, 0.004, 0.06), isSure: true })).toBe('better');
  });
});

describe('confusion', () => {
  const counts = [
    [8, 2, 0],
    [5, 5, 0],
    [0, 0, 0],
  ];

  test('rows become shares, also an empty one', () => {
    expect(rowShares(counts)).toEqual([
      [0.8, 0.2, 0],
      [0.5, 0.5, 0],
      [0, 0, 0],
    ]);
  });

  test('the worst pair comes first and right answers are left out', () => {
    expect(worstPairs(counts, 5)).toEqual([
      { actual: 1, predicted: 0, count: 5, share: 0.5 },
      { actual: 0, predicted: 1, count: 2, share: 0.2 },
    ]);
  });

  test('a cell reads as a sentence', () => {
    const labels = ['moth', 'butterfly', 'wasp'];
    expect(describeCell(labels, counts, 1, 0)).toBe('5 of 10 images of butterfly were called moth');
    expect(describeCell(labels, counts, 0, 0)).toBe('8 of 10 images of moth were recognised');
  });
});

describe('files', () => {
  test('CSV quotes what needs it, leaves missing values empty and defuses formulas', () => {
    const csv = writeCsv(
      ['name', 'value'],
      [
        ['a,b', 0.5],
        ['=SUM(A1)', null],
        ['c', Number.NaN],
      ],
    );
    expect(csv.split('\r\n')).toEqual(['name,value', '"a,b",0.5', `"'=SUM(A1)",`, 'c,']);
  });

  test('negative numbers stay numbers in CSV', () => {
    expect(writeCsv(['v'], [[-0.25]])).toBe('v\r\n-0.25');
    expect(writeCsv(['v'], [['-0.25'], ['-1+2.png']])).toBe("v\r\n-0.25\r\n'-1+2.png");
  });

  test('a canvas font falls into size, family and weight', () => {
    expect(readFont("600 12px 'IBM Plex Sans', sans-serif")).toEqual({
      size: '12px',
      family: "'IBM Plex Sans', sans-serif",
      weight: '600',
    });
    expect(readFont('normal bold 13.5px Arial').weight).toBe('bold');
    expect(readFont('12px/1.2 Arial')).toEqual({ size: '12px', family: 'Arial', weight: '400' });
  });
});
