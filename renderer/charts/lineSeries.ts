// What a LineChart draws, and the pure steps between a caller's points and the canvas.
import type { SeriesKind } from './palette.ts';
import { thin, type Point } from './smooth.ts';

export interface LineSeries {
  /** Unique in its chart. */
  readonly id: string;
  readonly label: string;
  /** Default: run. */
  readonly kind?: SeriesKind;
  /** The run's own index, which gives its colour on every screen. */
  readonly index?: number;
  /** Sorted by x. */
  readonly points: readonly Point[];
  /** Width and strength of a background curve (raw values behind smoothed ones). */
  readonly faint?: boolean;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Least and greatest x of all series, or null when there is no point. */
export function extentOf(series: readonly LineSeries[]): Range | null {
  let min = Infinity;
  let max = -Infinity;
  for (const { points } of series) {
    if (points.length === 0) continue;
    min = Math.min(min, points[0]!.x);
    max = Math.max(max, points.at(-1)!.x);
  }
  return max < min ? null : { min, max };
}

/** The points of a stretch (with one more on both sides, so that lines reach the edges), thinned to what a screen can show. */
export function pointsIn(points: readonly Point[], range: Range | null, target: number): readonly Point[] {
  if (!range) return thin(points, target);
  const start = lowerBound(points, range.min);
  const end = lowerBound(points, range.max);
  return thin(points.slice(Math.max(0, start - 1), Math.min(points.length, end + 2)), target);
}

/** All series side by side by x, for the table: one row an x, thinned to `most` rows per series. */
export function tabulate(
  series: readonly LineSeries[],
  most: number,
): readonly (readonly (number | null)[])[] {
  const cells = new Map<number, (number | null)[]>();
  series.forEach(({ points }, at) => {
    const stride = Math.max(1, Math.ceil(points.length / most));
    points.forEach((point, i) => {
      if (i % stride !== 0 && i !== points.length - 1) return;
      const row = cells.get(point.x) ?? series.map(() => null);
      row[at] = point.y;
      cells.set(point.x, row);
    });
  });
  return [...cells.entries()].sort(([a], [b]) => a - b).map(([x, values]) => [x, ...values]);
}

function lowerBound(points: readonly Point[], x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.x < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
