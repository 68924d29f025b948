// What lies on every slide besides valves: grains, bubbles, filaments. Adds thickness and stain.

import type { Field } from './field.ts';
import { latticeNoise } from './field.ts';
import { bump, cosine, PI, sine, smoothstep } from './portableMath.ts';
import type { RandomStream } from './randomStream.ts';

/** Thickness bends light; stain absorbs it. Both on the same grid, `cell` pixels to a cell. */
export interface Layer {
  readonly relief: Field;
  readonly stain: Field;
  readonly cell: number;
}

type Paint = (x: number, y: number) => readonly [relief: number, stain: number];

/** Adds `paint`, in pixels relative to the image's centre, wherever it can reach. */
function paintDisc(layer: Layer, x: number, y: number, reach: number, paint: Paint): void {
  const { size } = layer.relief;
  const toCell = (pixel: number): number => pixel / layer.cell + size / 2;
  const top = Math.max(0, Math.floor(toCell(y - reach)));
  const bottom = Math.min(size - 1, Math.ceil(toCell(y + reach)));
  const left = Math.max(0, Math.floor(toCell(x - reach)));
  const right = Math.min(size - 1, Math.ceil(toCell(x + reach)));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const px = (column + 0.5 - size / 2) * layer.cell;
      const py = (row + 0.5 - size / 2) * layer.cell;
      const [relief, stain] = paint(px - x, py - y);
      layer.relief.data[row * size + column]! += relief;
      layer.stain.data[row * size + column]! += stain;
    }
  }
}

/** An angular particle of mineral or organic matter. */
export function addGrain(layer: Layer, random: RandomStream, largest: number): void {
  const place = random.between([-70, 70]);
  const height = random.between([-70, 70]);
  const size = random.uniform();
  const radius = 0.6 + (largest - 0.6) * size * size * size;
  const key = random.whole(1e9);
  const thickness = random.between([0.3, 1.1]);
  const stain = random.between([0.05, 0.55]);
  const stretch = random.between([0.6, 1]);
  const angle = random.between([0, PI]);
  const across = cosine(angle);
  const along = sine(angle);
  paintDisc(layer, place, height, radius * 2.4, (x, y) => {
    const p = x * across + y * along;
    const q = (y * across - x * along) / stretch;
    const distance = Math.sqrt(p * p + q * q) + 1e-9;
    const rough = 1 + 0.4 * latticeNoise(key, 1.4 * (p / distance) + 5, 1.4 * (q / distance) + 5);
    const inside = smoothstep(-0.7, 0.7, radius * rough - distance);
    const body = inside * (0.8 + 0.2 * latticeNoise(key, p * 0.7, q * 0.7));
    return [body * thickness, body * stain];
  });
}

/** A gas bubble in the mounting medium: a dark ring about a bright heart. */
export function addBubble(layer: Layer, random: RandomStream): void {
  const x = random.between([-66, 66]);
  const y = random.between([-66, 66]);
  const radius = random.between([2.5, 7]);
  const strength = random.between([0.5, 1]);
  paintDisc(layer, x, y, radius + 3, (dx, dy) => {
    const distance = Math.sqrt(dx * dx + dy * dy);
    const ring = bump(distance - radius + 0.8, 1.9);
    const heart = bump(distance, 0.55 * radius);
    return [-strength * ring, strength * (0.6 * ring - 0.25 * heart)];
  });
}

/** A thin thread that wanders across part of the field. */
export function addFilament(layer: Layer, random: RandomStream): void {
  let x = random.between([-60, 60]);
  let y = random.between([-60, 60]);
  let heading = random.between([0, 2 * PI]);
  const width = random.between([0.7, 1.3]);
  const curl = random.between([-0.05, 0.05]);
  const strength = random.between([0.15, 0.4]);
  const steps = 20 + random.whole(50);
  for (let step = 0; step < steps; step++) {
    paintDisc(layer, x, y, width + 0.5, (dx, dy) => {
      const body = strength * bump(Math.sqrt(dx * dx + dy * dy), width + 0.4);
      return [body, 0.35 * body];
    });
    x += cosine(heading);
    y += sine(heading);
    heading += curl + 0.12 * random.normal();
  }
}
