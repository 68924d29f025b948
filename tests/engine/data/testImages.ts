// Small pictures and files made on the spot for this room's tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll } from 'vitest';
import type { RgbImage } from '../../../engine/data/rgbImage.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

/** A temporary folder that is deleted after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A smooth random picture: no two numbers give pictures that look alike. */
export function makeImage(width: number, height: number, number: number): RgbImage {
  const random = new CounterRandom(number, 'testImage');
  const waves = Array.from({ length: 9 }, () => [
    random.nextBetween(-0.2, 0.2),
    random.nextBetween(-0.2, 0.2),
    random.nextBetween(0, 6),
  ]);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    const channel = i % 3;
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    let value = 128;
    for (let wave = channel; wave < 9; wave += 3) {
      const [a, b, c] = waves[wave]!;
      value += 40 * Math.sin(a! * x + b! * y + c!);
    }
    pixels[i] = Math.max(0, Math.min(255, Math.round(value)));
  }
  return { width, height, pixels };
}

/** sharp on a picture's pixels. */
export function encode(image: RgbImage): Sharp {
  return sharp(image.pixels, { raw: { width: image.width, height: image.height, channels: 3 } });
}

/** Writes a file, and the folders above it. */
export function put(root: string, relativePath: string, content: Uint8Array | string): string {
  const path = join(root, relativePath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A PNG of picture `number`, 40 × 32 unless said otherwise. */
export function png(number: number, width = 40, height = 32): Promise<Buffer> {
  return encode(makeImage(width, height, number))
    .png()
    .toBuffer();
}

/** An uncompressed little-endian gray TIFF. `sampleFormat`: 1 unsigned, 2 signed, 3 float. */
export function grayTiff(
  width: number,
  height: number,
  data: Int16Array | Int32Array | Uint32Array | Float32Array,
  sampleFormat: 1 | 2 | 3,
): Buffer {
  const entries: readonly (readonly [number, number, number])[] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, data.BYTES_PER_ELEMENT * 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8 + 2 + 10 * 12 + 4],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, data.byteLength],
    [339, 3, sampleFormat],
  ];
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  head.write('II*\0', 0, 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, value], index) => {
    const at = 10 + index * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([head, Buffer.from(data.buffer)]);
}

/** A gray TIFF of 32-bit floats that repeats the values. */
export function floatTiff(width: number, height: number, values: readonly number[]): Buffer {
  const data = Float32Array.from({ length: width * height }, (_, i) => values[i % values.length]!);
  return grayTiff(width, height, data, 3);
}
