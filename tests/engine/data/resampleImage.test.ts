import { describe, expect, test } from 'vitest';
import { resampleBox } from '../../../engine/data/resampleImage.ts';
import { makeImage } from './testImages.ts';

const image = makeImage(50, 40, 1);
const box = { left: 5, top: 3, width: 37, height: 29 };

/** Mirrors [side, side, 3] pixels. */
function mirror(pixels: Uint8Array, side: number, isVertical: boolean): Uint8Array {
  return pixels.map((_, i) => {
    const channel = i % 3;
    const x = Math.floor(i / 3) % side;
    const y = Math.floor(i / 3 / side);
    return pixels[((isVertical ? side - 1 - y : y) * side + (isVertical ? x : side - 1 - x)) * 3 + channel]!;
  });
}

describe('resampleBox', () => {
  test('returns the box itself when the size stays', () => {
    const out = resampleBox(image.pixels, 50, { left: 4, top: 6, width: 10, height: 8 }, 10, 8, 'bicubic');
    const row = image.pixels.subarray((6 * 50 + 4) * 3, (6 * 50 + 14) * 3);
    expect(out.subarray(0, 30)).toEqual(row);
  });

  test('keeps a flat picture flat, up and down, with both kernels', () => {
    const flat = new Uint8Array(30 * 20 * 3).fill(201);
    for (const kernel of ['bicubic', 'bilinear'] as const) {
      for (const side of [7, 64]) {
        const out = resampleBox(flat, 30, { left: 0, top: 0, width: 30, height: 20 }, side, side, kernel);
        expect(new Set(out)).toEqual(new Set([201]));
      }
    }
  });

  test('mirroring while resampling equals mirroring afterwards', () => {
    const plain = resampleBox(image.pixels, 50, box, 24, 24, 'bicubic');
    const across = resampleBox(image.pixels, 50, box, 24, 24, 'bicubic', {
      horizontal: true,
      vertical: false,
    });
    const down = resampleBox(image.pixels, 50, box, 24, 24, 'bicubic', { horizontal: false, vertical: true });
    expect(across).toEqual(mirror(plain, 24, false));
    expect(down).toEqual(mirror(plain, 24, true));
    const sameSize = { left: 2, top: 2, width: 24, height: 24 };
    const copied = resampleBox(image.pixels, 50, sameSize, 24, 24, 'bicubic');
    const turned = resampleBox(image.pixels, 50, sameSize, 24, 24, 'bicubic', {
      horizontal: true,
      vertical: true,
    });
    expect(turned).toEqual(mirror(mirror(copied, 24, false), 24, true));
  });

  test('averages when it shrinks: alternating columns become gray', () => {
    const stripes = new Uint8Array(64 * 8 * 3).map((_, i) => (Math.floor(i / 3) % 2 ? 255 : 0));
    const out = resampleBox(stripes, 64, { left: 0, top: 0, width: 64, height: 8 }, 8, 8, 'bilinear');
    for (const value of out) expect(Math.abs(value - 127.5)).toBeLessThan(6);
  });

  test('reads nothing outside the box', () => {
    const poisoned = image.pixels.map((value, i) => {
      const x = Math.floor(i / 3) % 50;
      const y = Math.floor(i / 3 / 50);
      const isInside = x >= 5 && x < 42 && y >= 3 && y < 32;
      return isInside ? value : 255 - value;
    });
    expect(resampleBox(poisoned, 50, box, 24, 24, 'bicubic')).toEqual(
      resampleBox(image.pixels, 50, box, 24, 24, 'bicubic'),
    );
  });
});
