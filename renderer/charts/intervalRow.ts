// One row of a ladder or of a list of differences: a value with its interval, and where it comes from.
import type { SeriesKind } from './palette.ts';

export interface IntervalRow {
  readonly label: string;
  /** A share of one, or a difference of shares. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Images the value was measured on. */
  readonly n?: number;
  /** Of a difference: false where its test, corrected for the number of comparisons, leaves it open. */
  readonly isSure?: boolean;
  /** How it was measured, in a few words. */
  readonly protocol?: string;
  readonly kind?: SeriesKind;
  /** The run's own index, for its colour. */
  readonly index?: number;
}

/** Limits of the axis: all values and whiskers with room on both sides, within 0 and 1 for shares. */
export function shareLimits(rows: readonly IntervalRow[]): { min: number; max: number } {
  const values = rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  if (values.length === 0) return { min: 0, max: 1 };
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = Math.max(0.02, (most - least) * 0.08);
  return { min: Math.max(0, floorTo(least - room)), max: Math.min(1, ceilTo(most + room)) };
}

/** Limits around zero: as far left as right, so that the eye compares lengths. */
export function differenceLimits(rows: readonly IntervalRow[]): { min: number; max: number } {
  const reach = Math.max(
    0.02,
    ...rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value].map(Math.abs)),
  );
  const limit = ceilTo(reach * 1.08);
  return { min: -limit, max: limit };
}

/** What a paired difference says: its interval, unless its own test left it open. */
export function readDifference(row: IntervalRow): 'better' | 'worse' | 'unclear' {
  if (row.isSure === false) return 'unclear';
  if (row.low !== null && row.low > 0) return 'better';
  return row.high !== null && row.high < 0 ? 'worse' : 'unclear';
}

function floorTo(value: number): number {
  return Math.floor(value * 20 + 1e-9) / 20;
}

function ceilTo(value: number): number {
  return Math.ceil(value * 20 - 1e-9) / 20;
}
