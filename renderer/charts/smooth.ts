// Smoothing of curves before they are drawn: an exponential moving average that starts without bias and knows uneven steps.

export interface Point {
  readonly x: number;
  readonly y: number | null;
}

/**
 * `weight` 0 to below 1 is how much of the past is kept per step of typical spacing; 0 leaves the curve as it is.
 * Gaps (null, NaN) stay gaps and do not spread.
 */
export function smooth(points: readonly Point[], weight: number): readonly Point[] {
  if (weight <= 0 || points.length < 3) return points;
  const spacing = typicalSpacing(points);
  let sum = 0;
  let mass = 0;
  let lastX: number | null = null;
  return points.map(({ x, y }) => {
    if (y === null || !Number.isFinite(y)) return { x, y: null };
    const decay: number = lastX === null ? 0 : weight ** (Math.max(0, x - lastX) / spacing);
    lastX = x;
    sum = sum * decay + y;
    mass = mass * decay + 1;
    return { x, y: sum / mass };
  });
}

function typicalSpacing(points: readonly Point[]): number {
  const span = points.at(-1)!.x - points[0]!.x;
  return span > 0 ? span / (points.length - 1) : 1;
}

/**
 * At most about `target` points that keep every peak and dip: least and greatest of each stretch, in order. Gaps survive.
 */
export function thin(points: readonly Point[], target: number): readonly Point[] {
  if (points.length <= target || target < 4) return points;
  const stretch = Math.ceil((points.length * 2) / target);
  const kept: Point[] = [points[0]!];
  for (let start = 1; start < points.length - 1; start += stretch) {
    kept.push(...extremes(points.slice(start, Math.min(points.length - 1, start + stretch))));
  }
  kept.push(points.at(-1)!);
  return kept;
}

function extremes(part: readonly Point[]): Point[] {
  let low = part[0]!;
  let high = part[0]!;
  let gap: Point | null = null;
  for (const point of part) {
    if (point.y === null) gap = point;
    else {
      if (low.y === null || point.y < low.y) low = point;
      if (high.y === null || point.y > high.y) high = point;
    }
  }
  const picked = new Set([low, high]);
  if (gap) picked.add(gap);
  return [...picked].sort((a, b) => a.x - b.x);
}
