// Made-up numbers for the gallery, the same each time.
import type { LineSeries } from '../charts/lineSeries.ts';

/** A small deterministic generator of numbers from 0 to 1. */
export function makeNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A learning curve of `count` points that climbs from 0.4 to about `top`. */
export function makeCurve(id: string, label: string, index: number, count: number, top: number): LineSeries {
  const noise = makeNoise(index + 7);
  const points = Array.from({ length: count }, (_, x) => {
    const climb = 1 - Math.exp((-4 * x) / count);
    return { x: x * 10, y: 0.4 + (top - 0.4) * climb + (noise() - 0.5) * 0.03 };
  });
  return { id, label, index, points };
}

/** Losses that fall over powers of ten. */
export function makeLoss(count: number): LineSeries {
  const noise = makeNoise(3);
  const points = Array.from({ length: count }, (_, x) => ({
    x,
    y: x > 400 && x < 440 ? null : 2 * Math.exp((-6 * x) / count) * (0.8 + 0.4 * noise()) + 0.004,
  }));
  return { id: 'loss', label: 'loss', index: 0, points };
}

/** counts[actual][predicted] with most on the diagonal. */
export function makeConfusion(classes: number): number[][] {
  const noise = makeNoise(classes);
  return Array.from({ length: classes }, (_, actual) =>
    Array.from({ length: classes }, (_, predicted) => {
      if (actual === predicted) return Math.round(8 + 12 * noise());
      return noise() < 8 / classes / 4 ? Math.ceil(noise() * 5) : 0;
    }),
  );
}

/** A small drawing as an image address, another colour for each index. */
export function makePicture(index: number): string {
  const hue = (index * 47) % 360;
  const tall = index % 3 === 0;
  const [width, height] = tall ? [90, 120] : [120, 90];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 45% 60%)"/><circle cx="50%" cy="50%" r="30" fill="hsl(${(hue + 40) % 360} 55% 40%)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
