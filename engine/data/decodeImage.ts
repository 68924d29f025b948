// From the bytes of one file to 8-bit RGB pixels and what is to be known about them. Everything that sharp cannot read
// faithfully is set aside with a reason; nothing here guesses.
import sharp, { type Metadata, type Sharp } from 'sharp';
import type { ImageFormat, ImageNote, IntensityWindow } from '../contract/dataset.ts';
import { decodeBmp } from './bmpDecoder.ts';
import { scaleToBytes, type WideArrayConstructor } from './intensityWindow.ts';
import type { RgbImage } from './rgbImage.ts';
import { maxDecodeSeconds, maxElongation, maxPixels, minShorterSide, SetAsideError } from './setAside.ts';
import { relabelSamples, type SampleKind } from './tiffSamples.ts';

/** Colour that shows through transparent pixels: white, as on paper and in most viewers. */
const background = { r: 255, g: 255, b: 255 };

export interface DecodedImage {
  /** After orientation. */
  readonly image: RgbImage;
  readonly bitDepth: number;
  readonly channels: number;
  readonly window: IntensityWindow;
  readonly notes: readonly ImageNote[];
}

const asStored: IntensityWindow = { rule: 'asStored', low: 0, high: 255 };

let isTuned = false;

/** libvips keeps files and results of earlier images and starts a thread for each core; neither helps here. */
function tuneSharp(): void {
  if (isTuned) return;
  sharp.cache(false);
  sharp.concurrency(1);
  isTuned = true;
}

function openImage(bytes: Buffer): Sharp {
  tuneSharp();
  // `error` accepts what decoders only warn about (stray bytes between markers), but nothing truncated.
  const options = { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true } as const;
  return sharp(bytes, options).timeout({ seconds: maxDecodeSeconds });
}

/** Kinds of TIFF that sharp refuses, told from its message. */
const refusedKinds: readonly (readonly [RegExp, string])[] = [
  [/LZMA/i, 'A TIFF with LZMA compression'],
  [/not a whole number of bytes/i, 'A TIFF with an unusual number of bits per value'],
  [/field 262 missing/i, 'A TIFF that does not say how its values are to be shown'],
  [/labq/i, 'A TIFF in CIELab colours'],
  [/not configured|unsupported compression/i, 'A picture with an unusual compression'],
];

/** Turns a decoder's message into a reason. */
export function explainFailure(error: unknown): SetAsideError {
  if (error instanceof SetAsideError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (
    /premature end|unexpected end|bad seek|read gave|out of order read|truncated|not enough data/i.test(text)
  ) {
    return new SetAsideError('content.truncated');
  }
  if (/out of memory|allocation failed|bad_alloc/i.test(text)) return new SetAsideError('size.outOfMemory');
  if (/timeout/i.test(text)) return new SetAsideError('content.slow');
  if (/pixel limit/i.test(text)) return new SetAsideError('size.tooManyPixels');
  const refused = refusedKinds.find(([pattern]) => pattern.test(text));
  if (refused) return new SetAsideError('content.unsupportedFormat', { formatName: refused[1] });
  return new SetAsideError('content.corrupt');
}

function assertUsableSize(width: number, height: number): void {
  if (width * height > maxPixels) throw new SetAsideError('size.tooManyPixels', { width, height });
  const shorter = Math.min(width, height);
  if (shorter < minShorterSide) throw new SetAsideError('size.tooSmall', { width, height });
  if (Math.max(width, height) > maxElongation * shorter) {
    throw new SetAsideError('size.tooElongated', { width, height });
  }
}

async function readMetadata(bytes: Buffer): Promise<Metadata> {
  tuneSharp();
  // Reads the header only, so that the size can be named even where it is far beyond the limit.
  const metadata = await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
  assertUsableSize(metadata.width, metadata.height);
  return metadata;
}

/** A picture of eight bits or fewer a channel, turned upright and without transparency. */
export function openUpright(bytes: Buffer): Sharp {
  return openImage(bytes).autoOrient().flatten({ background });
}

/** Eight bits or fewer a channel: sharp converts palette, gray, CMYK, Lab and profiles to sRGB. */
async function decodeBytes(bytes: Buffer): Promise<RgbImage> {
  const { data, info } = await openUpright(bytes)
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3)
    throw new SetAsideError('content.corrupt', { detail: `${info.channels} channels` });
  return { width: info.width, height: info.height, pixels: data };
}

const wideKinds = {
  ushort: { depth: 'ushort', gray: 'grey16', color: 'rgb16', opaque: 65535 },
  float: { depth: 'float', gray: 'b-w', color: 'scrgb', opaque: 1 },
  double: { depth: 'float', gray: 'b-w', color: 'scrgb', opaque: 1 },
} as const;

interface WideImage {
  readonly image: RgbImage;
  readonly window: IntensityWindow;
  readonly hasNonFinite: boolean;
}

/**
 * More than eight bits a channel: the image's own range of values becomes 0 … 255.
 * @param Values how the bytes that sharp returns are to be read
 */
async function decodeWide(
  bytes: Buffer,
  kind: keyof typeof wideKinds,
  isGray: boolean,
  Values: WideArrayConstructor = kind === 'ushort' ? Uint16Array : Float32Array,
): Promise<WideImage> {
  const { depth, gray, color, opaque } = wideKinds[kind];
  const rule = Values === Float32Array ? 'floatRange' : 'integerRange';
  const { data, info } = await openImage(bytes)
    .autoOrient()
    .toColourspace(isGray ? gray : color)
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  // A copy starts on a boundary that the wider type can be laid over.
  const aligned = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const values = new Values(aligned);
  const scaled = scaleToBytes({ values, channels: info.channels, rule, opaque, background: background.r });
  if (!scaled) throw new SetAsideError('values.notFinite');
  return { ...scaled, image: { width: info.width, height: info.height, pixels: scaled.pixels } };
}

/** Whole numbers with a sign, or of 32 bits: sharp only sees a relabelled copy. */
async function decodeRelabelled(bytes: Buffer, depth: string, channels: number): Promise<WideImage> {
  const kinds: Readonly<Record<string, SampleKind>> = { short: 'int16', int: 'int32', uint: 'uint32' };
  const kind = kinds[depth];
  const relabelled = kind && channels === 1 ? relabelSamples(bytes, kind) : null;
  if (!kind || !relabelled) {
    throw new SetAsideError('content.unsupportedFormat', {
      formatName: 'A picture of this kind of whole numbers (8 bits with a sign, or 32 bits)',
    });
  }
  const Values = { int16: Int16Array, int32: Int32Array, uint32: Uint32Array }[kind];
  return decodeWide(relabelled, kind === 'int16' ? 'ushort' : 'float', true, Values);
}

function isConstant(pixels: Uint8Array): boolean {
  for (let i = 3; i < pixels.length; i++) if (pixels[i] !== pixels[i - 3]) return false;
  return true;
}

function notesFrom(metadata: Metadata): ImageNote[] {
  const notes: ImageNote[] = [];
  if ((metadata.orientation ?? 1) > 1) notes.push('orientationApplied');
  if ((metadata.pages ?? 1) > 1) notes.push('firstPageOnly');
  if (metadata.hasAlpha) notes.push('transparencyFlattened');
  if (metadata.space === 'cmyk') notes.push('cmykConverted');
  return notes;
}

const bitsByDepth: Readonly<Record<string, number>> = { uchar: 8, ushort: 16, float: 32, double: 64 };

async function decodeWithSharp(bytes: Buffer): Promise<DecodedImage> {
  const metadata = await readMetadata(bytes);
  const notes = notesFrom(metadata);
  const bitDepth = metadata.bitsPerSample ?? bitsByDepth[metadata.depth] ?? 8;
  const { channels, depth } = metadata;
  if (depth === 'uchar') {
    return { image: await decodeBytes(bytes), bitDepth, channels, window: asStored, notes };
  }
  const isDirect = depth === 'ushort' || depth === 'float' || depth === 'double';
  const { image, window, hasNonFinite } = isDirect
    ? await decodeWide(bytes, depth, channels < 3)
    : await decodeRelabelled(bytes, depth, channels);
  notes.push('intensityScaled');
  if (hasNonFinite) notes.push('nonFiniteReplaced');
  return { image, bitDepth, channels, window, notes };
}

function decodeBitmap(bytes: Buffer): DecodedImage {
  const { bits, isGray, ...image } = decodeBmp(bytes);
  assertUsableSize(image.width, image.height);
  const channels = bits === 32 ? 4 : isGray ? 1 : 3;
  return { image, bitDepth: bits <= 8 ? bits : 8, channels, window: asStored, notes: [] };
}

/** Pixels that a file says it has, from its header alone; 0 where that cannot be told. Throws nothing. */
export async function countClaimedPixels(bytes: Buffer, format: ImageFormat): Promise<number> {
  if (format === 'dicom') return 0;
  if (format === 'bmp')
    return bytes.length < 26 ? 0 : Math.abs(bytes.readInt32LE(18) * bytes.readInt32LE(22));
  tuneSharp();
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => null);
  return metadata ? metadata.width * metadata.height : 0;
}

/**
 * Decodes one file to RGB. Throws SetAsideError, and nothing else, where that cannot be done faithfully.
 * @param bytes the whole file
 * @param format as found from its content
 */
export async function decodeImage(bytes: Buffer, format: ImageFormat): Promise<DecodedImage> {
  if (format === 'dicom') throw new SetAsideError('content.unsupportedFormat', { formatName: 'DICOM' });
  try {
    const decoded = format === 'bmp' ? decodeBitmap(bytes) : await decodeWithSharp(bytes);
    if (!isConstant(decoded.image.pixels)) return decoded;
    return { ...decoded, notes: [...decoded.notes, 'constant'] };
  } catch (error) {
    throw explainFailure(error);
  }
}

/** The image made smaller, so that its shorter side is `shorterSide`; the same one where it already is no longer. */
export async function shrinkImage(
  image: RgbImage,
  size: { readonly width: number; readonly height: number },
): Promise<RgbImage> {
  if (size.width === image.width && size.height === image.height) return image;
  tuneSharp();
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const pixels = await sharp(image.pixels, { raw, limitInputPixels: maxPixels })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { ...size, pixels };
}
