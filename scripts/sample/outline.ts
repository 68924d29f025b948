// The valve's silhouette: half-widths along the axis, the closed polygon they bound, and the signed
// distance to it. Valve coordinates: u along the apical axis, v across it, both in pixels.

import { bump, cosine, mix, PI, smoothstep } from './portableMath.ts';
import type { Traits } from './species.ts';

const POINTS_PER_SIDE = 72;

export interface Outline {
  readonly halfLength: number;
  readonly halfWidth: number;
  /** Largest |v| of the polygon. */
  readonly reach: number;
  /** Closed polygon, u and v interleaved. */
  readonly points: Float64Array;
}

/** Half-width at `t` (-1 foot pole, 1 head pole) as a fraction of the widest. */
function profileAt(traits: Traits, t: number): number {
  const room = Math.max(0, 1 - t * t);
  const tapered = mix(room, Math.sqrt(room), traits.bluntness);
  const cubed = t * t * t;
  const parallel = Math.sqrt(Math.max(0, 1 - cubed * cubed));
  const body = mix(tapered, parallel, traits.linearity);
  const waist = 1 - traits.neck * bump(Math.abs(t) - 0.84, 0.24);
  return body * waist * (1 + traits.clavateness * t);
}

/** v of the margin at `t`; `side` is 1 dorsal, -1 ventral. */
function marginAt(traits: Traits, halfWidth: number, t: number, side: number): number {
  const skew = 1 + side * traits.dorsiventrality;
  return side * halfWidth * profileAt(traits, t) * skew;
}

/** Half-width of the dorsal or ventral side at u, for marks that follow the margin. */
export function sideWidth(traits: Traits, outline: Outline, u: number, side: number): number {
  const t = Math.max(-1, Math.min(1, u / outline.halfLength));
  return Math.abs(marginAt(traits, outline.halfWidth, t, side));
}

function tracePolygon(traits: Traits, halfLength: number, halfWidth: number): Float64Array {
  const points = new Float64Array(POINTS_PER_SIDE * 4);
  for (let i = 0; i < POINTS_PER_SIDE; i++) {
    // Even steps of the angle crowd the points at the poles, where the margin turns fastest.
    const dorsal = -cosine((PI * i) / POINTS_PER_SIDE);
    const far = 2 * (POINTS_PER_SIDE + i);
    points[2 * i] = dorsal * halfLength;
    points[2 * i + 1] = marginAt(traits, halfWidth, dorsal, 1);
    points[far] = -dorsal * halfLength;
    points[far + 1] = marginAt(traits, halfWidth, -dorsal, -1);
  }
  return points;
}

function computeArea(points: Float64Array): number {
  let twice = 0;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    twice += points[j]! * points[i + 1]! - points[i]! * points[j + 1]!;
  }
  return Math.abs(twice) / 2;
}

/** Scales every species to the same area, in square pixels, so that size says nothing about it. */
export function buildOutline(traits: Traits, area: number): Outline {
  const unit = computeArea(tracePolygon(traits, traits.aspect, 1));
  const halfWidth = Math.sqrt(area / unit);
  const halfLength = halfWidth * traits.aspect;
  const points = tracePolygon(traits, halfLength, halfWidth);
  let reach = 0;
  for (let i = 1; i < points.length; i += 2) reach = Math.max(reach, Math.abs(points[i]!));
  return { halfLength, halfWidth, reach, points };
}

/** Distance from (u, v) to the margin: above 0 inside, below 0 outside. */
export function signedDistance(outline: Outline, u: number, v: number): number {
  const p = outline.points;
  let nearest = Infinity;
  let inside = false;
  for (let i = 0, j = p.length - 2; i < p.length; j = i, i += 2) {
    const au = p[j]!,
      av = p[j + 1]!,
      bu = p[i]!,
      bv = p[i + 1]!;
    const eu = bu - au,
      ev = bv - av,
      wu = u - au,
      wv = v - av;
    const along = (wu * eu + wv * ev) / (eu * eu + ev * ev + 1e-12);
    const held = along < 0 ? 0 : along > 1 ? 1 : along;
    const du = wu - held * eu,
      dv = wv - held * ev;
    nearest = Math.min(nearest, du * du + dv * dv);
    if (bv > v !== av > v && u < ((au - bu) * (v - bv)) / (av - bv) + bu) inside = !inside;
  }
  const distance = Math.sqrt(nearest);
  return inside ? distance : -distance;
}

/** 1 in the middle of the valve, 0 at the poles. */
export function polarFade(t: number): number {
  return 1 - smoothstep(0.86, 0.97, Math.abs(t));
}
