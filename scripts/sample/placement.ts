// Lays a valve on the slide: pose, slight bending, breakage. The same draws whatever the species.

import type { Layer } from './debris.ts';
import { latticeNoise } from './field.ts';
import { cosine, PI, sine, smoothstep } from './portableMath.ts';
import type { RandomStream, Range } from './randomStream.ts';
import { reliefAt, type Valve } from './valve.ts';

/** A crack across the valve: what lies beyond it, in valve coordinates, is gone. */
interface Crack {
  readonly towards: number;
  readonly at: number;
  readonly jag: number;
  readonly key: number;
}

export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly mirrored: boolean;
  /** Curvature of the axis, per pixel. */
  readonly bend: number;
  readonly cracks: readonly Crack[];
  /** Thickness of the plate relative to the average valve. */
  readonly thickness: number;
  readonly stain: number;
}

/** A break along a line at `distance` from the valve's centre, as a fraction of the half-length. */
function crackAt(valve: Valve, random: RandomStream, distance: Range): Crack {
  return {
    towards: random.between([-0.5, 0.5]) + (random.chance(0.5) ? PI : 0),
    at: random.between(distance) * valve.outline.halfLength,
    jag: random.between([1, 4]),
    key: random.whole(1e9),
  };
}

/** The specimen the image is about: near the middle, sometimes with a broken end. */
export function poseSpecimen(valve: Valve, random: RandomStream): Pose {
  const broken = random.chance(0.15);
  const cracks = broken ? [crackAt(valve, random.fork('crack'), [0.5, 0.85])] : [];
  return {
    x: random.between([-5, 5]),
    y: random.between([-5, 5]),
    angle: random.between([0, 2 * PI]),
    mirrored: random.chance(0.5),
    bend: random.between([-0.0016, 0.0016]),
    cracks,
    thickness: random.between([0.9, 1.1]),
    stain: random.between([0.04, 0.1]),
  };
}

/** A piece of another valve that comes in from the side and may lie across the specimen's end. */
export function poseFragment(valve: Valve, random: RandomStream): Pose {
  const bearing = random.between([0, 2 * PI]);
  const distance = random.between([64, 84]);
  return {
    x: distance * cosine(bearing),
    y: distance * sine(bearing),
    angle: random.between([0, 2 * PI]),
    mirrored: random.chance(0.5),
    bend: random.between([-0.0016, 0.0016]),
    cracks: [crackAt(valve, random.fork('crack'), [-0.3, 0.3])],
    thickness: random.between([0.5, 1.1]),
    stain: random.between([0.02, 0.14]),
  };
}

/** 1 where the valve is whole, 0 beyond a crack, with a soft edge. */
function intactShare(cracks: readonly Crack[], u: number, v: number): number {
  let share = 1;
  for (const crack of cracks) {
    const across = cosine(crack.towards);
    const along = sine(crack.towards);
    const rough = crack.jag * latticeNoise(crack.key, (v * across - u * along) / 4, 0.5);
    share *= smoothstep(-0.7, 0.7, crack.at + rough - (u * across + v * along));
  }
  return share;
}

/** Adds the valve's thickness and stain to the layer. */
export function layValve(layer: Layer, valve: Valve, pose: Pose): void {
  const { size } = layer.relief;
  const across = cosine(pose.angle);
  const along = sine(pose.angle);
  const flip = pose.mirrored ? -1 : 1;
  const reach = valve.outline.halfLength;
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5 - size / 2) * layer.cell - pose.y;
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5 - size / 2) * layer.cell - pose.x;
      const u = x * across + y * along;
      // Bending is measured from the chord so that it does not push the valve off its place.
      const v = flip * (y * across - x * along - pose.bend * (u * u - 0.3 * reach * reach));
      const relief = reliefAt(valve, u, v);
      if (relief === 0) continue;
      const share = intactShare(pose.cracks, u, v);
      layer.relief.data[row * size + column]! += relief * share * pose.thickness;
      layer.stain.data[row * size + column]! += relief * share * pose.stain;
    }
  }
}
