// Separable antialiased resampling in Pillow's fixed-point arithmetic, so that crops equal those of the usual Python
// pipelines to the last bit. Hot code: two views of every training image pass through it.

export type ResampleKernel = 'bicubic' | 'bilinear';

/** A rectangle of whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Flips {
  readonly horizontal: boolean;
  readonly vertical: boolean;
}

const supports: Readonly<Record<ResampleKernel, number>> = { bicubic: 2, bilinear: 1 };
/** Weights are integers over 2^22: the sum of their products with bytes stays within 32 bits. */
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

function kernelValue(kernel: ResampleKernel, distance: number): number {
  const x = Math.abs(distance);
  if (kernel === 'bilinear') return x < 1 ? 1 - x : 0;
  // Keys' cubic with a = −0.5.
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** For each output position: its first input position, the number of inputs, and their weights (rows of `width`). */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly width: number;
}

function computeTaps(inputSize: number, outputSize: number, kernel: ResampleKernel): Taps {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = supports[kernel] * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const taps: Taps = {
    first: new Int32Array(outputSize),
    count: new Int32Array(outputSize),
    weights: new Int32Array(outputSize * width),
    width,
  };
  const exact = new Float64Array(width);
  for (let out = 0; out < outputSize; out++) {
    const center = (out + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputSize, Math.trunc(center + support + 0.5)) - first;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      exact[i] = kernelValue(kernel, (i + first - center + 0.5) / stretch);
      sum += exact[i]!;
    }
    for (let i = 0; i < count; i++) {
      const scaled = (exact[i]! / sum) * (1 << precisionBits);
      taps.weights[out * width + i] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    taps.first[out] = first;
    taps.count[out] = count;
  }
  return taps;
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/**
 * Rows of the box, each resampled to `outputWidth` pixels: [box.height, outputWidth, 3]. The first four taps are unrolled
 * with their weights in registers, which is what makes this fast; most crops have five to seven.
 */
function resampleRows(
  source: Uint8Array,
  sourceWidth: number,
  box: Box,
  outputWidth: number,
  kernel: ResampleKernel,
  isMirrored: boolean,
): Uint8Array {
  const { first, count, weights, width } = computeTaps(box.width, outputWidth, kernel);
  const rows = new Uint8Array(box.height * outputWidth * 3);
  const sourceStride = sourceWidth * 3;
  for (let out = 0; out < outputWidth; out++) {
    const taps = count[out]!;
    const start = out * width;
    // Taps that are not there read the first pixel with weight 0.
    const [at1, at2, at3] = [taps > 1 ? 3 : 0, taps > 2 ? 6 : 0, taps > 3 ? 9 : 0];
    const weight0 = weights[start]!;
    const weight1 = taps > 1 ? weights[start + 1]! : 0;
    const weight2 = taps > 2 ? weights[start + 2]! : 0;
    const weight3 = taps > 3 ? weights[start + 3]! : 0;
    const fourTaps = (at: number): number =>
      (half +
        Math.imul(source[at]!, weight0) +
        Math.imul(source[at + at1]!, weight1) +
        Math.imul(source[at + at2]!, weight2) +
        Math.imul(source[at + at3]!, weight3)) |
      0;
    let from = box.top * sourceStride + (box.left + first[out]!) * 3;
    let to = (isMirrored ? outputWidth - 1 - out : out) * 3;
    for (let row = 0; row < box.height; row++) {
      let red = fourTaps(from);
      let green = fourTaps(from + 1);
      let blue = fourTaps(from + 2);
      for (let tap = 4, at = from + 12; tap < taps; tap++, at += 3) {
        const weight = weights[start + tap]!;
        red = (red + Math.imul(source[at]!, weight)) | 0;
        green = (green + Math.imul(source[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(source[at + 2]!, weight)) | 0;
      }
      rows[to] = clampByte(red >> precisionBits);
      rows[to + 1] = clampByte(green >> precisionBits);
      rows[to + 2] = clampByte(blue >> precisionBits);
      from += sourceStride;
      to += outputWidth * 3;
    }
  }
  return rows;
}

/** Columns of `rows` [inputHeight, rowLength] resampled to [outputHeight, rowLength], four input rows at a time. */
function resampleColumns(
  rows: Uint8Array,
  rowLength: number,
  inputHeight: number,
  outputHeight: number,
  kernel: ResampleKernel,
  isMirrored: boolean,
): Uint8Array {
  const { first, count, weights, width } = computeTaps(inputHeight, outputHeight, kernel);
  const output = new Uint8Array(outputHeight * rowLength);
  const sums = new Int32Array(rowLength);
  for (let out = 0; out < outputHeight; out++) {
    const taps = count[out]!;
    const start = out * width;
    let from = first[out]! * rowLength;
    let tap = 0;
    sums.fill(half);
    for (; tap + 4 <= taps; tap += 4, from += 4 * rowLength) {
      const weight0 = weights[start + tap]!;
      const weight1 = weights[start + tap + 1]!;
      const weight2 = weights[start + tap + 2]!;
      const weight3 = weights[start + tap + 3]!;
      const [from1, from2, from3] = [from + rowLength, from + 2 * rowLength, from + 3 * rowLength];
      for (let i = 0; i < rowLength; i++) {
        sums[i]! +=
          Math.imul(rows[from + i]!, weight0) +
          Math.imul(rows[from1 + i]!, weight1) +
          Math.imul(rows[from2 + i]!, weight2) +
          Math.imul(rows[from3 + i]!, weight3);
      }
    }
    for (; tap < taps; tap++, from += rowLength) {
      const weight = weights[start + tap]!;
      for (let i = 0; i < rowLength; i++) sums[i]! += Math.imul(rows[from + i]!, weight);
    }
    const to = (isMirrored ? outputHeight - 1 - out : out) * rowLength;
    for (let i = 0; i < rowLength; i++) output[to + i] = clampByte(sums[i]! >> precisionBits);
  }
  return output;
}

/** The box itself, mirrored as asked, without resampling. */
function copyBox(source: Uint8Array, sourceWidth: number, box: Box, isMirrored: boolean): Uint8Array {
  const rows = new Uint8Array(box.height * box.width * 3);
  for (let row = 0; row < box.height; row++) {
    const from = ((box.top + row) * sourceWidth + box.left) * 3;
    const to = row * box.width * 3;
    if (!isMirrored) {
      rows.set(source.subarray(from, from + box.width * 3), to);
      continue;
    }
    for (let column = 0; column < box.width; column++) {
      const at = from + (box.width - 1 - column) * 3;
      rows[to + column * 3] = source[at]!;
      rows[to + column * 3 + 1] = source[at + 1]!;
      rows[to + column * 3 + 2] = source[at + 2]!;
    }
  }
  return rows;
}

/**
 * Cuts a box out of an image and resamples it, antialiased, as Pillow does when it crops first and then resizes.
 * @param source [sourceHeight, sourceWidth, 3], 0 … 255
 * @param box must lie within the image
 * @returns [outputHeight, outputWidth, 3], 0 … 255, mirrored as asked
 */
export function resampleBox(
  source: Uint8Array,
  sourceWidth: number,
  box: Box,
  outputWidth: number,
  outputHeight: number,
  kernel: ResampleKernel,
  flips: Flips = { horizontal: false, vertical: false },
): Uint8Array {
  const rows =
    box.width === outputWidth
      ? copyBox(source, sourceWidth, box, flips.horizontal)
      : resampleRows(source, sourceWidth, box, outputWidth, kernel, flips.horizontal);
  // At equal height each column's only tap is itself, with weight one: exact, and the mirror still happens.
  if (box.height === outputHeight && !flips.vertical) return rows;
  return resampleColumns(rows, outputWidth * 3, box.height, outputHeight, kernel, flips.vertical);
}
