// Reads Windows bitmaps (1, 4, 8, 16, 24, 32 bits, RLE4 and RLE8), which sharp does not. Own code because the npm
// decoders ignore the pixel offset and trust the header; this one checks every read. Alpha is ignored, as it is in most
// bitmaps garbage.
import type { RgbImage } from './rgbImage.ts';
import { maxPixels, SetAsideError } from './setAside.ts';

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly pixelStart: number;
  /** 256 entries of R, G, B; black beyond the file's own. */
  readonly palette: Uint8Array;
  readonly masks: readonly [number, number, number];
}

const corrupt = (detail: string) => new SetAsideError('content.corrupt', { detail });
const plain = 0;
const rle8 = 1;
const rle4 = 2;
const bitFields = 3;
const alphaBitFields = 6;

function readPalette(bytes: Buffer, start: number, entryBytes: number, count: number): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let entry = 0; entry < count && start + (entry + 1) * entryBytes <= bytes.length; entry++) {
    const from = start + entry * entryBytes;
    palette.set([bytes[from + 2]!, bytes[from + 1]!, bytes[from]!], entry * 3);
  }
  return palette;
}

function readMasks(bytes: Buffer, bits: number, compression: number): readonly [number, number, number] {
  if (compression === bitFields || compression === alphaBitFields) {
    return [bytes.readUInt32LE(54), bytes.readUInt32LE(58), bytes.readUInt32LE(62)];
  }
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0x00ff0000, 0x0000ff00, 0x000000ff];
}

function readHeader(bytes: Buffer): BmpHeader {
  if (bytes.length < 26) throw new SetAsideError('content.truncated');
  const headerBytes = bytes.readUInt32LE(14);
  const isCore = headerBytes === 12;
  if (!isCore && bytes.length < 14 + Math.max(40, headerBytes)) throw new SetAsideError('content.truncated');
  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = isCore ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? plain : bytes.readUInt32LE(30);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw corrupt(`it claims to be ${width} × ${signedHeight} pixels`);
  if (width * height > maxPixels) throw new SetAsideError('size.tooManyPixels', { width, height });
  const masksFollow = headerBytes === 40 && (compression === bitFields || compression === alphaBitFields);
  if (masksFollow && bytes.length < 66) throw new SetAsideError('content.truncated');
  const paletteStart = 14 + headerBytes + (masksFollow ? (compression === bitFields ? 12 : 16) : 0);
  const claimed = isCore ? 0 : bytes.readUInt32LE(46);
  const count = bits > 8 ? 0 : Math.min(claimed || 1 << bits, 1 << bits);
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    compression,
    pixelStart: bytes.readUInt32LE(10),
    palette: readPalette(bytes, paletteStart, isCore ? 3 : 4, count),
    masks: readMasks(bytes, bits, compression),
  };
}

/** Spreads the bits under a mask to 0 … 255. */
function channelReader(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / largest);
}

function decodeTrueColor(bytes: Buffer, header: BmpHeader, pixels: Uint8Array): void {
  const { width, height, bits, pixelStart } = header;
  const strideBytes = Math.ceil((width * bits) / 32) * 4;
  const bytesPerPixel = bits / 8;
  const [red, green, blue] = header.masks.map(channelReader) as [
    (v: number) => number,
    (v: number) => number,
    (v: number) => number,
  ];
  for (let row = 0; row < height; row++) {
    const from = pixelStart + row * strideBytes;
    let to = (header.topDown ? row : height - 1 - row) * width * 3;
    for (let column = 0; column < width; column++) {
      const at = from + column * bytesPerPixel;
      if (bits === 24) {
        pixels[to++] = bytes[at + 2]!;
        pixels[to++] = bytes[at + 1]!;
        pixels[to++] = bytes[at]!;
      } else {
        const value = bits === 16 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
        pixels[to++] = red(value);
        pixels[to++] = green(value);
        pixels[to++] = blue(value);
      }
    }
  }
}

/** Palette indices of an uncompressed bitmap, top row first. */
function readIndices(bytes: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits, pixelStart, topDown } = header;
  const strideBytes = Math.ceil((width * bits) / 32) * 4;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits;
  const lowBits = (1 << bits) - 1;
  for (let row = 0; row < height; row++) {
    const from = pixelStart + row * strideBytes;
    const to = (topDown ? row : height - 1 - row) * width;
    for (let column = 0; column < width; column++) {
      const byte = bytes[from + Math.floor(column / perByte)]!;
      indices[to + column] = (byte >> (8 - bits * ((column % perByte) + 1))) & lowBits;
    }
  }
  return indices;
}

/** Palette indices of a run-length coded bitmap, top row first; pixels that the code skips are 0. */
function readRunLengths(bytes: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, topDown } = header;
  const indices = new Uint8Array(width * height);
  const isNibbles = header.compression === rle4;
  let at = header.pixelStart;
  let column = 0;
  let row = 0;
  const put = (value: number) => {
    if (column < width && row < height) indices[(topDown ? row : height - 1 - row) * width + column] = value;
    column++;
  };
  while (row < height) {
    if (at + 2 > bytes.length) throw new SetAsideError('content.truncated');
    const count = bytes[at++]!;
    const value = bytes[at++]!;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(isNibbles ? (i & 1 ? value & 15 : value >> 4) : value);
    } else if (value === 0) {
      column = 0;
      row++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > bytes.length) throw new SetAsideError('content.truncated');
      column += bytes[at++]!;
      row += bytes[at++]!;
    } else {
      const literalBytes = isNibbles ? Math.ceil(value / 2) : value;
      if (at + literalBytes > bytes.length) throw new SetAsideError('content.truncated');
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (isNibbles ? i >> 1 : i)]!;
        put(isNibbles ? (i & 1 ? byte & 15 : byte >> 4) : byte);
      }
      at += literalBytes + (literalBytes & 1);
    }
  }
  return indices;
}

function assertReadable(bytes: Buffer, header: BmpHeader): void {
  const { bits, compression, width, height, pixelStart } = header;
  const isRunLength = (compression === rle8 && bits === 8) || (compression === rle4 && bits === 4);
  const isMasked =
    (compression === bitFields || compression === alphaBitFields) && (bits === 16 || bits === 32);
  const isPlain = compression === plain && [1, 2, 4, 8, 16, 24, 32].includes(bits);
  if (!isRunLength && !isMasked && !isPlain) {
    throw new SetAsideError('content.unsupportedFormat', {
      formatName: `A bitmap with ${bits} bits per pixel and compression ${compression}`,
    });
  }
  const neededBytes = isRunLength ? 2 : Math.ceil((width * bits) / 32) * 4 * height;
  if (pixelStart + neededBytes > bytes.length) throw new SetAsideError('content.truncated');
}

/** Decodes a whole BMP file. Throws SetAsideError. */
export function decodeBmp(bytes: Buffer): RgbImage & { readonly bits: number; readonly isGray: boolean } {
  const header = readHeader(bytes);
  assertReadable(bytes, header);
  const { width, height, bits, palette } = header;
  const pixels = new Uint8Array(width * height * 3);
  if (bits > 8) {
    decodeTrueColor(bytes, header, pixels);
    return { width, height, pixels, bits, isGray: false };
  }
  const indices = header.compression === plain ? readIndices(bytes, header) : readRunLengths(bytes, header);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * 3;
    pixels[i * 3] = palette[from]!;
    pixels[i * 3 + 1] = palette[from + 1]!;
    pixels[i * 3 + 2] = palette[from + 2]!;
  }
  let isGray = true;
  for (let i = 0; i < palette.length; i += 3) {
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) isGray = false;
  }
  return { width, height, pixels, bits, isGray };
}
