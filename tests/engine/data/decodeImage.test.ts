import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImageFormat } from '../../../engine/contract/dataset.ts';
import { decodeImage, shrinkImage } from '../../../engine/data/decodeImage.ts';
import { scaleToBytes } from '../../../engine/data/intensityWindow.ts';
import { SetAsideError } from '../../../engine/data/setAside.ts';
import { encode, floatTiff, grayTiff, makeImage, png } from './testImages.ts';

const image = makeImage(48, 32, 2);

async function reasonOf(bytes: Buffer, format: ImageFormat): Promise<string> {
  const error = await decodeImage(bytes, format).catch((thrown: unknown) => thrown);
  return error instanceof SetAsideError ? error.reason : 'decoded';
}

/** A 16-bit gray PNG. */
function png16(values: Uint16Array, width: number, height: number): Promise<Buffer> {
  const raw = { width, height, channels: 1 } as const;
  return sharp(values, { raw: { ...raw } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}

/** The beginning of a PNG that claims a size: signature, header, and the start of the data. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write('IHDR');
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([8, 2, 0, 0, 0], 12);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(header));
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  return Buffer.concat([start, header, checksum, Buffer.from([0, 0, 16, 0]), Buffer.from('IDAT')]);
}

describe('decodeImage', () => {
  test.each<[ImageFormat, () => Promise<Buffer>]>([
    ['png', () => encode(image).png().toBuffer()],
    ['tiff', () => encode(image).tiff({ compression: 'lzw' }).toBuffer()],
    ['webp', () => encode(image).webp({ lossless: true }).toBuffer()],
  ])('returns the exact pixels of a lossless %s', async (format, make) => {
    const decoded = await decodeImage(await make(), format);
    expect(Buffer.compare(decoded.image.pixels, image.pixels)).toBe(0);
    expect(decoded.window.rule).toBe('asStored');
    expect(decoded.bitDepth).toBe(8);
  });

  test('returns nearly the pixels of a JPEG, and three equal channels of a gray one', async () => {
    const jpeg = await encode(image).jpeg({ quality: 95 }).toBuffer();
    const { pixels } = (await decodeImage(jpeg, 'jpeg')).image;
    const error =
      pixels.reduce((sum, value, i) => sum + Math.abs(value - image.pixels[i]!), 0) / pixels.length;
    expect(error).toBeLessThan(4);
    const gray = await decodeImage(await encode(image).toColourspace('b-w').jpeg().toBuffer(), 'jpeg');
    expect(gray.channels).toBe(1);
    expect(gray.image.pixels.every((value, i, all) => value === all[i - (i % 3)])).toBe(true);
  });

  test.each([3, 6, 8])('turns a picture whose camera noted orientation %i', async (orientation) => {
    const angle = { 3: 180, 6: -90, 8: 90 }[orientation]!;
    const lying = await encode(image).rotate(angle).png().toBuffer();
    const noted = await sharp(lying).withMetadata({ orientation }).tiff({ compression: 'none' }).toBuffer();
    const decoded = await decodeImage(noted, 'tiff');
    expect(decoded.notes).toContain('orientationApplied');
    expect([decoded.image.width, decoded.image.height]).toEqual([48, 32]);
    expect(Buffer.compare(decoded.image.pixels, image.pixels)).toBe(0);
  });

  test('lets white show through where a picture is transparent', async () => {
    const rgba = new Uint8Array(20 * 20 * 4).map((_, i) => (i % 4 === 3 ? (i < 800 ? 0 : 255) : 60));
    const bytes = await sharp(rgba, { raw: { width: 20, height: 20, channels: 4 } })
      .png()
      .toBuffer();
    const { image: flat, notes } = await decodeImage(bytes, 'png');
    expect([flat.pixels[0], flat.pixels[flat.pixels.length - 1]]).toEqual([255, 60]);
    expect(notes).toContain('transparencyFlattened');
  });

  test('spreads 16-bit values over the whole range, whatever part of it they use', async () => {
    for (const [low, high] of [
      [0, 65535],
      [0, 4080],
      [30000, 30063],
    ] as const) {
      const values = Uint16Array.from(
        { length: 32 * 32 },
        (_, i) => low + Math.round(((high - low) * i) / 1023),
      );
      const {
        image: decoded,
        window,
        notes,
        bitDepth,
      } = await decodeImage(await png16(values, 32, 32), 'png');
      expect(window).toEqual({ rule: 'integerRange', low, high });
      expect([decoded.pixels[0], decoded.pixels.at(-1), bitDepth]).toEqual([0, 255, 16]);
      expect(notes).toContain('intensityScaled');
      expect(new Set(decoded.pixels).size).toBeGreaterThan(60);
    }
  });

  test('spreads finite floats and replaces NaN and infinities', async () => {
    const bytes = floatTiff(20, 20, [-0.5, 0, 0.5, NaN, Infinity, -Infinity]);
    const { image: decoded, window, notes } = await decodeImage(bytes, 'tiff');
    expect(window).toEqual({ rule: 'floatRange', low: -0.5, high: 0.5 });
    expect([0, 1, 2, 3, 4, 5].map((i) => decoded.pixels[i * 3])).toEqual([0, 128, 255, 0, 255, 0]);
    expect(notes).toEqual(expect.arrayContaining(['intensityScaled', 'nonFiniteReplaced']));
    expect(await reasonOf(floatTiff(20, 20, [NaN]), 'tiff')).toBe('values.notFinite');
  });

  test('reads whole numbers with a sign and of 32 bits without clipping', async () => {
    const spread = (low: number, high: number) => (_: unknown, i: number) =>
      low + ((high - low) * (i % 3)) / 2;
    const cases: readonly [Buffer, number, number][] = [
      [grayTiff(20, 20, Int16Array.from({ length: 400 }, spread(-1024, 3000)), 2), -1024, 3000],
      [grayTiff(20, 20, Int32Array.from({ length: 400 }, spread(-70000, 90000)), 2), -70000, 90000],
      [grayTiff(20, 20, Uint32Array.from({ length: 400 }, spread(5, 4_000_000_005)), 1), 5, 4_000_000_005],
    ];
    for (const [bytes, low, high] of cases) {
      const { image: decoded, window } = await decodeImage(bytes, 'tiff');
      expect(window).toEqual({ rule: 'integerRange', low, high });
      const [lowest, middle, highest] = [0, 1, 2].map((i) => decoded.pixels[i * 3]!);
      expect([lowest, highest]).toEqual([0, 255]);
      // The exact middle, 127.5, may fall to either side.
      expect([127, 128]).toContain(middle);
    }
  });

  test('takes the first page of several and says so', async () => {
    const pages = Buffer.concat([image.pixels, makeImage(48, 32, 77).pixels]);
    const gif = await sharp(pages, { raw: { width: 48, height: 64, channels: 3, pageHeight: 32 } })
      .gif()
      .toBuffer();
    const decoded = await decodeImage(gif, 'gif');
    expect([decoded.image.width, decoded.image.height]).toEqual([48, 32]);
    expect(decoded.notes).toContain('firstPageOnly');
  });

  test('converts CMYK', async () => {
    const bytes = await encode(image).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    const decoded = await decodeImage(bytes, 'jpeg');
    expect(decoded.notes).toContain('cmykConverted');
    const error = decoded.image.pixels.reduce((sum, value, i) => sum + Math.abs(value - image.pixels[i]!), 0);
    expect(error / decoded.image.pixels.length).toBeLessThan(25);
  });

  test('notes a picture of one colour', async () => {
    const flat = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();
    expect((await decodeImage(flat, 'png')).notes).toContain('constant');
  });

  test('refuses by reason what is truncated, damaged, tiny, elongated or huge', async () => {
    const jpeg = await encode(makeImage(100, 100, 4))
      .jpeg()
      .toBuffer();
    expect(await reasonOf(jpeg.subarray(0, jpeg.length / 2), 'jpeg')).toBe('content.truncated');
    const damaged = Buffer.from(await png(4));
    damaged.fill(7, 60, 90);
    expect(await reasonOf(damaged, 'png')).toBe('content.corrupt');
    expect(await reasonOf(await png(1, 15, 40), 'png')).toBe('size.tooSmall');
    expect(await reasonOf(await png(1, 400, 20), 'png')).toBe('size.tooElongated');
    expect(await reasonOf(pngHeader(30_000, 30_000), 'png')).toBe('size.tooManyPixels');
    expect(await reasonOf(Buffer.from('not a DICOM'), 'dicom')).toBe('content.unsupportedFormat');
  });
});

describe('scaleToBytes', () => {
  test('leaves alpha out of the range and blends it with the background', () => {
    const values = Uint16Array.of(100, 65535, 300, 65535, 200, 0);
    const scaled = scaleToBytes({
      values,
      channels: 2,
      rule: 'integerRange',
      opaque: 65535,
      background: 255,
    });
    expect(scaled!.window).toEqual({ rule: 'integerRange', low: 100, high: 300 });
    expect([0, 3, 6].map((i) => scaled!.pixels[i])).toEqual([0, 255, 255]);
  });

  test('uses one range for all colours, so that hues stay', () => {
    const values = Uint16Array.of(0, 500, 1000, 0, 0, 0);
    const scaled = scaleToBytes({
      values,
      channels: 3,
      rule: 'integerRange',
      opaque: 65535,
      background: 255,
    });
    expect([...scaled!.pixels]).toEqual([0, 128, 255, 0, 0, 0]);
  });

  test('makes a constant image black instead of dividing by zero', () => {
    const scaled = scaleToBytes({
      values: Float32Array.of(3, 3),
      channels: 1,
      rule: 'floatRange',
      opaque: 1,
      background: 255,
    });
    expect([...scaled!.pixels]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

test('shrinkImage limits the size and leaves small images alone', async () => {
  const small = await shrinkImage(image, { width: 24, height: 16 });
  expect(small.pixels.length).toBe(24 * 16 * 3);
  expect(await shrinkImage(image, { width: 48, height: 32 })).toBe(image);
});
