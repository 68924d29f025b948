// The relief of one valve: silica thickness at a point of valve coordinates, 0 outside, about 1 on
// the plate. It knows the traits of the individual and nothing of the slide it lies on.

import { latticeNoise } from './field.ts';
import { buildOutline, polarFade, sideWidth, signedDistance, type Outline } from './outline.ts';
import { bump, clamp, cosine, mix, PI, smoothstep } from './portableMath.ts';
import type { RandomStream } from './randomStream.ts';
import type { Traits } from './species.ts';

export interface Valve {
  readonly traits: Traits;
  readonly outline: Outline;
  readonly striaPhase: number;
  /** How far the striae of the two sides are out of step, in radians. */
  readonly sideOffset: number;
  /** Picks the small irregularities that no two valves share. */
  readonly grainKey: number;
}

export function growValve(traits: Traits, area: number, random: RandomStream): Valve {
  return {
    traits,
    outline: buildOutline(traits, area),
    striaPhase: random.between([0, 2 * PI]),
    sideOffset: random.between([-0.8, 0.8]),
    grainKey: random.whole(1e9),
  };
}

/** Slope of the striae at `t`: changes sign at the centre and again towards convergent poles. */
function leanAt(traits: Traits, t: number): number {
  const towardsPole = t / Math.sqrt(t * t + 0.04);
  return towardsPole * mix(traits.leanCentre, traits.leanPole, smoothstep(0.35, 0.85, Math.abs(t)));
}

/** v of the raphe at u. */
function rapheAt(valve: Valve, u: number): number {
  const { traits, outline } = valve;
  if (traits.rapheShift === 0) return 0;
  const t = clamp(u / outline.halfLength, -1, 1);
  return -traits.rapheShift * outline.halfWidth * (1 - t * t);
}

/** Where striae may lie, 0 to 1: off the axial area, the central area, the margin and the poles. */
function striatedShare(valve: Valve, u: number, away: number, depth: number): number {
  const { traits, outline } = valve;
  const axial = traits.axialWidth * outline.halfWidth;
  const offAxis = axial > 0 ? smoothstep(axial - 0.6, axial + 0.9, away) : 1;
  let offCentre = 1;
  if (traits.centralLength > 0) {
    const along = u / traits.centralLength;
    const across = away / (traits.centralReach * outline.halfWidth);
    offCentre = smoothstep(0.75, 1.25, along * along + across * across);
  }
  const onPlate = smoothstep(1.4, 3.0, depth) * polarFade(u / outline.halfLength);
  return offAxis * offCentre * onPlate;
}

function striaeRelief(valve: Valve, u: number, v: number, depth: number): number {
  const { traits, outline } = valve;
  const offset = v - rapheAt(valve, u);
  const away = Math.abs(offset);
  const share = striatedShare(valve, u, away, depth);
  if (share === 0) return 0;
  const foot = u - leanAt(traits, u / outline.halfLength) * away;
  const wander = 0.5 * latticeNoise(valve.grainKey, foot / 9, offset > 0 ? 0 : 7);
  const step = offset > 0 ? valve.sideOffset * traits.raphe : 0;
  const phase = (2 * PI * foot) / traits.striaePeriod + valve.striaPhase + wander + step;
  const areolae = 1 + traits.punctation * 0.6 * cosine((2 * PI * away) / 5.4);
  return -0.34 * traits.striaeDepth * share * cosine(phase) * areolae;
}

/** The slit with its ribs, central pores and terminal nodules. */
function rapheRelief(valve: Valve, u: number, v: number): number {
  if (valve.traits.raphe === 0) return 0;
  const along = Math.abs(u);
  const end = 0.9 * valve.outline.halfLength;
  if (along > end + 3) return 0;
  const offset = v - rapheAt(valve, u);
  const run = smoothstep(1.2, 2.6, along) * (1 - smoothstep(end - 1, end + 0.5, along));
  const slit = -0.75 * bump(offset, 1.15) + 0.3 * bump(Math.abs(offset) - 1.7, 1.2);
  const pore = -0.5 * bump(along - 2.2, 1.3) * bump(offset, 1.4);
  const nodule = 0.35 * bump(along, 2.6) * bump(offset, 2.6);
  const terminal = -0.6 * bump(along - end, 1.6) * bump(offset, 1.6);
  return slit * run + pore + nodule + terminal;
}

/** A keel beside the dorsal margin, carried by a row of fibulae. */
function canalRelief(valve: Valve, u: number, v: number, depth: number): number {
  if (valve.traits.canal === 0 || v < 0) return 0;
  const spaced = 0.5 + 0.5 * cosine((2 * PI * u) / 6.6 + 3 * valve.striaPhase);
  const keel = 0.4 * bump(depth - 1.8, 1.3);
  const fibulae = 0.75 * bump(depth - 3.2, 2.1) * spaced * spaced;
  return (keel + fibulae) * polarFade((0.98 * u) / valve.outline.halfLength);
}

function lineAndPoreRelief(valve: Valve, u: number, v: number, depth: number): number {
  const { traits, outline } = valve;
  let relief = 0;
  if (traits.marginalLine > 0) {
    relief -= 0.5 * bump(depth - 4.3, 1.2) * polarFade((1.08 * u) / outline.halfLength);
  }
  if (traits.stigma > 0) {
    const away = v - rapheAt(valve, u) - 0.36 * outline.halfWidth;
    relief -= 0.9 * bump(Math.sqrt(u * u + away * away), 1.8);
  }
  return relief;
}

/** Thickness at (u, v), in plate thicknesses. */
export function reliefAt(valve: Valve, u: number, v: number): number {
  const { traits, outline } = valve;
  if (Math.abs(u) > outline.halfLength + 1 || Math.abs(v) > outline.reach + 1) return 0;
  const depth = signedDistance(outline, u, v);
  if (depth < -0.8) return 0;
  const across = v / Math.max(2, sideWidth(traits, outline, u, v > 0 ? 1 : -1));
  const plate = smoothstep(-0.7, 0.9, depth) * (1 - 0.22 * Math.min(1, across * across));
  const mantle = 0.55 * bump(depth - 0.9, 1.7);
  const marks =
    striaeRelief(valve, u, v, depth) +
    canalRelief(valve, u, v, depth) +
    (depth > 0.8 ? rapheRelief(valve, u, v) + lineAndPoreRelief(valve, u, v, depth) : 0);
  return plate + mantle + marks;
}
