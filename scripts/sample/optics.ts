// Turns thickness and stain into the picture a light microscope gives: refractive rims and halos,
// oblique light, defocus that varies over the field, vignetting, tint, grain.

import type { Layer } from './debris.ts';
import { blur, createField, type Field, latticeNoise, sampleAt } from './field.ts';
import { clamp, cosine, PI, sine, smoothstep } from './portableMath.ts';
import type { RandomStream } from './randomStream.ts';

/** How the microscope and the slide were set for one picture; drawn without knowing the species. */
export interface Setting {
  readonly phase: number;
  readonly becke: number;
  readonly oblique: number;
  readonly obliqueAngle: number;
  readonly sharpness: number;
  readonly defocus: number;
  readonly focusAngle: number;
  readonly focusPlane: number;
  readonly level: number;
  readonly slope: number;
  readonly slopeAngle: number;
  readonly vignette: number;
  readonly haze: number;
  readonly hazeKey: number;
  readonly grain: number;
  readonly warmth: number;
  readonly green: number;
  readonly fringe: number;
}

export function drawSetting(random: RandomStream): Setting {
  return {
    phase: random.between([0.46, 0.56]),
    becke: random.between([0.15, 0.35]),
    oblique: random.between([0.05, 0.15]),
    obliqueAngle: random.between([0, 2 * PI]),
    sharpness: random.between([0.8, 1.1]),
    defocus: random.between([0.3, 0.9]),
    focusAngle: random.between([0, 2 * PI]),
    focusPlane: random.between([-0.5, 0.5]),
    level: random.between([0.5, 0.52]),
    slope: random.between([0, 0.03]),
    slopeAngle: random.between([0, 2 * PI]),
    vignette: random.between([0.03, 0.06]),
    haze: random.between([0.005, 0.015]),
    hazeKey: random.whole(1e9),
    grain: random.between([0.004, 0.008]),
    warmth: random.between([0.09, 0.11]),
    green: random.between([0, 0.01]),
    fringe: random.between([-0.003, 0.003]),
  };
}

/** Light through one layer, as a departure from 1. `softness` is its distance from the focal plane, in cells. */
function transmit(layer: Layer, setting: Setting, softness: number): Field {
  const { size } = layer.relief;
  const relief = blur(layer.relief, softness);
  const stain = blur(layer.stain, softness);
  const surroundings = blur(layer.relief, 13);
  const light = createField(size);
  const dx = cosine(setting.obliqueAngle);
  const dy = sine(setting.obliqueAngle);
  for (let y = 0; y < size; y++) {
    const up = Math.max(0, y - 1) * size;
    const down = Math.min(size - 1, y + 1) * size;
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      const west = relief.data[y * size + Math.max(0, x - 1)]!;
      const east = relief.data[y * size + Math.min(size - 1, x + 1)]!;
      const north = relief.data[up + x]!;
      const south = relief.data[down + x]!;
      const here = relief.data[at]!;
      const curvature = west + east + north + south - 4 * here;
      const shade = dx * (east - west) + dy * (south - north);
      light.data[at] =
        -setting.phase * (here - surroundings.data[at]!) +
        setting.oblique * shade +
        setting.becke * curvature -
        stain.data[at]!;
    }
  }
  return light;
}

/** Blends a sharp and a soft copy by each point's distance from a tilted plane of focus. */
function applyDepth(light: Field, setting: Setting): Field {
  const { size } = light;
  const sharp = blur(light, setting.sharpness);
  const soft = blur(light, setting.sharpness + setting.defocus);
  const dx = cosine(setting.focusAngle) / size;
  const dy = sine(setting.focusAngle) / size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const depth = dx * (x - size / 2) + dy * (y - size / 2) - setting.focusPlane;
      const away = smoothstep(0.05, 0.75, Math.abs(depth));
      const at = y * size + x;
      sharp.data[at]! += away * (soft.data[at]! - sharp.data[at]!);
    }
  }
  return sharp;
}

/** Brightness of the empty field at (x, y), each from -0.5 to 0.5. */
function backgroundAt(setting: Setting, x: number, y: number): number {
  const slope = setting.slope * (x * cosine(setting.slopeAngle) + y * sine(setting.slopeAngle));
  const corner = setting.vignette * 2 * (x * x + y * y);
  const haze =
    0.7 * latticeNoise(setting.hazeKey, 3 * x, 3 * y) + 0.3 * latticeNoise(setting.hazeKey, 9 * x, 9 * y);
  return setting.level * (1 + slope - corner + setting.haze * haze);
}

/** The picture as RGB bytes, `width` pixels square. `far` lies out of focus. */
export function takePicture(
  near: Layer,
  far: Layer,
  setting: Setting,
  random: RandomStream,
  width: number,
): Uint8Array {
  const light = applyDepth(transmit(near, setting, 0.7), setting);
  const distant = transmit(far, setting, 5);
  for (let i = 0; i < light.data.length; i++) light.data[i]! += distant.data[i]!;
  const { size } = light;
  const pixels = new Uint8Array(width * width * 3);
  const tint = [1 + setting.warmth, 1 + setting.green, 1 - setting.warmth * 1.3];
  const cells = size / width;
  for (let i = 0; i < width * width; i++) {
    const x = (i % width) + 0.5 - width / 2;
    const y = Math.floor(i / width) + 0.5 - width / 2;
    const background = backgroundAt(setting, x / width, y / width);
    const grain = setting.grain * random.normal();
    for (let channel = 0; channel < 3; channel++) {
      // Red and blue are imaged at slightly different magnifications, as by a plain achromat.
      const zoom = cells * (1 + (channel - 1) * setting.fringe);
      const through = sampleAt(light, x * zoom + size / 2 - 0.5, y * zoom + size / 2 - 0.5);
      const colourGrain = 0.35 * setting.grain * random.normal();
      const value = background * Math.max(0.08, 1 + through) * tint[channel]! + grain + colourGrain;
      pixels[3 * i + channel] = Math.round(255 * clamp(value, 0, 1));
    }
  }
  return pixels;
}
