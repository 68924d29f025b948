// A square grid of numbers and the few filters the microscope needs. Edges repeat.

import { clamp, exponential } from './portableMath.ts';
import { combine } from './randomStream.ts';

export interface Field {
  readonly size: number;
  readonly data: Float64Array;
}

export function createField(size: number): Field {
  return { size, data: new Float64Array(size * size) };
}

function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(sigma * 2.6));
  const weights = new Float64Array(2 * radius + 1);
  let total = 0;
  for (let i = -radius; i <= radius; i++) {
    const weight = exponential((-i * i) / (2 * sigma * sigma));
    weights[i + radius] = weight;
    total += weight;
  }
  return weights.map((weight) => weight / total);
}

/** Blurs along rows and writes the transpose, so that two calls blur both ways. */
function blurRowsTransposed(source: Field, weights: Float64Array): Field {
  const { size } = source;
  const radius = (weights.length - 1) / 2;
  const result = createField(size);
  const padded = new Float64Array(size + 2 * radius);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < padded.length; x++) {
      padded[x] = source.data[y * size + clamp(x - radius, 0, size - 1)]!;
    }
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * padded[x + k]!;
      result.data[x * size + y] = sum;
    }
  }
  return result;
}

/** Gaussian blur; `sigma` in grid cells. */
export function blur(source: Field, sigma: number): Field {
  const weights = gaussianWeights(sigma);
  return blurRowsTransposed(blurRowsTransposed(source, weights), weights);
}

/** Value at a fractional grid position, linear between cells. */
export function sampleAt(field: Field, x: number, y: number): number {
  const { size, data } = field;
  const cx = clamp(x, 0, size - 1.001);
  const cy = clamp(y, 0, size - 1.001);
  const ix = Math.floor(cx);
  const iy = Math.floor(cy);
  const fx = cx - ix;
  const fy = cy - iy;
  const at = iy * size + ix;
  const top = data[at]! * (1 - fx) + data[at + 1]! * fx;
  const bottom = data[at + size]! * (1 - fx) + data[at + size + 1]! * fx;
  return top * (1 - fy) + bottom * fy;
}

/** Smooth noise in [-1, 1] over the plane, one lattice value per unit; `key` picks the pattern. */
export function latticeNoise(key: number, x: number, y: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const fx = x - ix;
  const fy = y - iy;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const corner = (i: number, j: number): number => combine(combine(key, ix + i), iy + j) / 2147483648 - 1;
  const top = corner(0, 0) * (1 - sx) + corner(1, 0) * sx;
  const bottom = corner(0, 1) * (1 - sx) + corner(1, 1) * sx;
  return top * (1 - sy) + bottom * sy;
}
