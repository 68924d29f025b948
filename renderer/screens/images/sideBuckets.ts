// Image sizes as a few bars: shorter sides, each by itself where they are few, else by steps of about a half. Pure.
import type { DatasetMakeup } from '../../../engine/contract/answers.ts';

export interface SideBucket {
  /** e.g. `256` or `256 to 383`, pixels. */
  readonly label: string;
  readonly images: number;
}

const mostSingle = 6;

/** 16, 24, 32, 48, 64, 96, …: every other one a power of two. */
function edgeAbove(pixels: number): number {
  let edge = 16;
  while (edge <= pixels) edge = Number.isInteger(Math.log2(edge)) ? edge * 1.5 : (edge * 4) / 3;
  return edge;
}

function edgeBelow(edge: number): number {
  if (edge <= 16) return 1;
  return Number.isInteger(Math.log2(edge)) ? (edge * 3) / 4 : (edge * 2) / 3;
}

/** Rising; without the empty steps at both ends. */
export function bucketSides(sides: DatasetMakeup['shortSides']): SideBucket[] {
  if (sides.length <= mostSingle)
    return sides.map(({ pixels, images }) => ({ label: String(pixels), images }));
  const buckets: { edge: number; images: number }[] = [];
  for (const { pixels, images } of sides) {
    const edge = edgeAbove(pixels);
    for (let next = buckets.at(-1)?.edge; next !== undefined && next < edge;) {
      next = edgeAbove(next);
      buckets.push({ edge: next, images: 0 });
    }
    if (buckets.length === 0) buckets.push({ edge, images: 0 });
    buckets.at(-1)!.images += images;
  }
  return buckets.map(({ edge, images }) => ({ label: `${edgeBelow(edge)} to ${edge - 1}`, images }));
}
