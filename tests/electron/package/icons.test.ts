import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';

const icons = join(import.meta.dirname, '..', '..', '..', 'resources', 'icons');

describe('the icons', () => {
  test('have the sizes that their names say', async () => {
    for (const size of [16, 32, 48, 64, 128, 256, 512]) {
      const { width, height, format } = await sharp(join(icons, `icon-${size}.png`)).metadata();
      expect([width, height, format]).toEqual([size, size, 'png']);
    }
  });

  test('Windows finds a PNG of each size where the directory says', async () => {
    const file = readFileSync(join(icons, 'icon.ico'));
    const count = file.readUInt16LE(4);
    expect(count).toBeGreaterThanOrEqual(6);
    for (let index = 0; index < count; index += 1) {
      const entry = file.subarray(6 + 16 * index, 22 + 16 * index);
      const [length, offset] = [entry.readUInt32LE(8), entry.readUInt32LE(12)];
      const { width, format } = await sharp(file.subarray(offset, offset + length)).metadata();
      expect([width, format]).toEqual([entry.readUInt8(0) || 256, 'png']);
    }
  });

  test('macOS finds PNGs that fill the file, up to 1024 pixels', async () => {
    const file = readFileSync(join(icons, 'icon.icns'));
    expect(file.toString('ascii', 0, 4)).toBe('icns');
    expect(file.readUInt32BE(4)).toBe(file.length);
    const widths: (number | undefined)[] = [];
    for (let offset = 8; offset < file.length; offset += file.readUInt32BE(offset + 4)) {
      const png = file.subarray(offset + 8, offset + file.readUInt32BE(offset + 4));
      widths.push((await sharp(png).metadata()).width);
    }
    expect(widths).toEqual([32, 64, 128, 256, 256, 512, 512, 1024]);
  });
});
