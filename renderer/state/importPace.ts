// How fast files are read, and how long the rest takes if it goes on like that.
import type { ScanProgress } from '../../engine/contract/dataset.ts';

export interface Pace {
  /** Files a second; null until it can be told. */
  readonly perSecond: number | null;
  readonly leftMs: number | null;
}

/** Before this, a rate would say more about the start than about the reading. */
const shortestMs = 1_000;

/** @param elapsedMs since the first file was read */
export function estimatePace({ done, total }: Pick<ScanProgress, 'done' | 'total'>, elapsedMs: number): Pace {
  if (elapsedMs < shortestMs || done === 0) return { perSecond: null, leftMs: null };
  const perSecond = (1000 * done) / elapsedMs;
  return { perSecond, leftMs: Math.round((1000 * Math.max(0, total - done)) / perSecond) };
}
