import { describe, expect, test } from 'vitest';
import { decodeBmp } from '../../../engine/data/bmpDecoder.ts';
import { SetAsideError } from '../../../engine/data/setAside.ts';

interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly palette?: readonly (readonly [number, number, number])[];
  readonly masks?: readonly number[];
  readonly data: readonly number[];
  /** Unused bytes between header and pixels. */
  readonly gapBytes?: number;
}

/** A BMP file with a 40-byte header. */
function bmp({
  width,
  height,
  bits,
  compression = 0,
  palette = [],
  masks = [],
  data,
  gapBytes = 0,
}: BmpParts): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  const extra = Buffer.concat([
    Buffer.from(Uint32Array.from(masks).buffer),
    Buffer.from(palette.flatMap(([red, green, blue]) => [blue, green, red, 0])),
    Buffer.alloc(gapBytes, 0xee),
  ]);
  head.writeUInt32LE(54 + extra.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(compression, 30);
  head.writeUInt32LE(palette.length, 46);
  return Buffer.concat([head, extra, Buffer.from(data)]);
}

const reasonOf = (bytes: Buffer): string => {
  try {
    decodeBmp(bytes);
  } catch (error) {
    return error instanceof SetAsideError ? error.reason : `unexpected: ${String(error)}`;
  }
  return 'decoded';
};

const black = [0, 0, 0] as const;
const red = [255, 0, 0] as const;
const blue = [0, 0, 255] as const;
const white = [255, 255, 255] as const;

describe('decodeBmp', () => {
  test('reads 24 bits bottom-up, with rows padded to four bytes', () => {
    const data = [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0];
    const { pixels } = decodeBmp(bmp({ width: 2, height: 2, bits: 24, data, gapBytes: 6 }));
    expect([...pixels]).toEqual([9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4]);
  });

  test('reads top-down pictures, whose height is negative', () => {
    const { height, pixels } = decodeBmp(
      bmp({ width: 1, height: -2, bits: 24, data: [1, 2, 3, 0, 4, 5, 6, 0] }),
    );
    expect(height).toBe(2);
    expect([...pixels]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  test('reads 1, 4 and 8 bits through the palette', () => {
    const one = decodeBmp(
      bmp({ width: 3, height: 1, bits: 1, palette: [black, red], data: [0b10100000, 0, 0, 0] }),
    );
    expect([...one.pixels]).toEqual([...red, ...black, ...red]);
    const four = decodeBmp(
      bmp({ width: 3, height: 1, bits: 4, palette: [black, red, blue], data: [0x21, 0x00, 0, 0] }),
    );
    expect([...four.pixels]).toEqual([...blue, ...red, ...black]);
    const eight = decodeBmp(
      bmp({ width: 2, height: 1, bits: 8, palette: [black, white], data: [1, 0, 0, 0] }),
    );
    expect([...eight.pixels]).toEqual([...white, ...black]);
    expect(eight.isGray).toBe(true);
    expect(four.isGray).toBe(false);
  });

  test('reads 16 bits as 5-5-5, or by the masks, and spreads them to 255', () => {
    const plain = decodeBmp(bmp({ width: 2, height: 1, bits: 16, data: [0xff, 0x7f, 0x00, 0x7c] }));
    expect([...plain.pixels]).toEqual([...white, ...red]);
    const masks = [0xf800, 0x07e0, 0x001f];
    const masked = decodeBmp(
      bmp({ width: 2, height: 1, bits: 16, compression: 3, masks, data: [0xe0, 0x07, 0x1f, 0x00] }),
    );
    expect([...masked.pixels]).toEqual([0, 255, 0, ...blue]);
  });

  test('reads 32 bits and ignores what would be alpha', () => {
    const { pixels } = decodeBmp(bmp({ width: 1, height: 1, bits: 32, data: [10, 20, 30, 0] }));
    expect([...pixels]).toEqual([30, 20, 10]);
  });

  test('reads run lengths of 8 bits: runs, literals, line ends and jumps', () => {
    const palette = [black, red, blue, white];
    // Bottom row: 3 red, then black; top row: a literal of three, then a jump past the end.
    const data = [3, 1, 0, 0, 0, 3, 2, 3, 1, 0, 0, 2, 1, 0, 0, 1];
    const { pixels } = decodeBmp(bmp({ width: 4, height: 2, bits: 8, compression: 1, palette, data }));
    expect([...pixels]).toEqual([...blue, ...white, ...red, ...black, ...red, ...red, ...red, ...black]);
  });

  test('reads run lengths of 4 bits, which alternate two colours', () => {
    const palette = [black, red, blue];
    const { pixels } = decodeBmp(
      bmp({ width: 4, height: 1, bits: 4, compression: 2, palette, data: [4, 0x12, 0, 1] }),
    );
    expect([...pixels]).toEqual([...red, ...blue, ...red, ...blue]);
  });

  test('refuses what the header cannot mean, by reason', () => {
    expect(reasonOf(bmp({ width: -3, height: 2, bits: 24, data: [] }))).toBe('content.corrupt');
    expect(reasonOf(bmp({ width: 3_000_000, height: 2_000_000, bits: 24, data: [] }))).toBe(
      'size.tooManyPixels',
    );
    expect(reasonOf(bmp({ width: 4, height: 4, bits: 24, data: [1, 2, 3] }))).toBe('content.truncated');
    expect(reasonOf(bmp({ width: 4, height: 4, bits: 8, compression: 1, data: [4, 1] }))).toBe(
      'content.truncated',
    );
    expect(reasonOf(bmp({ width: 4, height: 4, bits: 24, compression: 4, data: [1] }))).toBe(
      'content.unsupportedFormat',
    );
    expect(reasonOf(bmp({ width: 4, height: 4, bits: 24, data: [] }).subarray(0, 30))).toBe(
      'content.truncated',
    );
  });
});
