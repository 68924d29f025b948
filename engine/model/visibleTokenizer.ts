// SCOTT's tokenizer on visible patches only. The same function as scottTokenizer with a keep mask, without computing what
// the mask would erase: at 60 % dropped it does 40 % of the work. Maps and pixels are prepared on the host.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { gatheredConvolution } from '../nn/gatheredConvolution.ts';
import { windowMaxBlurPool } from '../nn/windowPool.ts';
import { firstConvolutionName, kernelSide, secondConvolutionName } from './scottTokenizer.ts';
import { sides } from './visibleMaps.ts';
import type { GridLayout } from './visibleMaps.ts';
import { weightOf } from './weightNames.ts';

/** Pixels along one side of a patch, and of the window of pixels that its first convolution reads. */
const patchSide = 16;
const windowSide = patchSide + 5;
const padding = 3;
const outSide = sides.firstConvolution;

/** Pixels of the visible patches' windows, cut into the overlapping runs of 7 that the first convolution reads. */
export function visiblePixelSpec({ visibleCount }: GridLayout, inChannels: number): TensorSpec {
  const shape = [visibleCount + 1, windowSide * outSide, inChannels * kernelSide];
  return { name: 'visible/pixels', shape, type: 'float32' };
}

/**
 * Values of visiblePixelSpec. images: [B, C, S, S]; keepMasks: [B, N] bytes, 1 = visible. Each visible patch has 21 rows of
 * 8 runs of C × 7 pixels; pixels of dropped patches and outside the image are 0, as is the whole last patch.
 */
export function cutVisiblePixels(
  images: Float32Array,
  keepMasks: Uint8Array,
  layout: GridLayout,
  inChannels: number,
): Float32Array {
  const { batchSize, gridSide } = layout;
  const windowSize = windowSide * outSide * inChannels * kernelSide;
  const pixels = new Float32Array((layout.visibleCount + 1) * windowSize);
  const imageSide = gridSide * patchSide;
  const planeSize = imageSide * imageSide;
  const line = new Float32Array(windowSide);
  let patch = 0;
  for (let place = 0; place < batchSize * gridSide ** 2; place++) {
    if (keepMasks[place] === 0) continue;
    const image = Math.floor(place / gridSide ** 2);
    const masks = keepMasks.subarray(image * gridSide ** 2, (image + 1) * gridSide ** 2);
    const patchRow = Math.floor(place / gridSide) % gridSide;
    const patchColumn = place % gridSide;
    for (let row = 0; row < windowSide; row++) {
      const y = patchRow * patchSide - padding + row;
      const seen = seenColumns(masks, gridSide, y >> 4, patchColumn);
      if (seen === 0) continue;
      for (let channel = 0; channel < inChannels; channel++) {
        const from = (image * inChannels + channel) * planeSize + y * imageSide + patchColumn * patchSide;
        readLine(line, images, from, seen);
        const start = patch * windowSize + (row * outSide * inChannels + channel) * kernelSide;
        writeRuns(pixels, start, inChannels * kernelSide, line);
      }
    }
    patch++;
  }
  return pixels;
}

/** Which of three patches side by side are visible: bit 0 the one to the left of `column`, bit 1 itself, bit 2 the next. */
function seenColumns(masks: Uint8Array, gridSide: number, row: number, column: number): number {
  if (row < 0 || row >= gridSide) return 0;
  const middle = row * gridSide + column;
  const left = column > 0 ? masks[middle - 1]! : 0;
  const right = column < gridSide - 1 ? masks[middle + 1]! : 0;
  return left | (masks[middle]! << 1) | (right << 2);
}

/** One row of a window, with 0 where nothing is visible. from: where the patch's own pixels begin in `images`. */
function readLine(line: Float32Array, images: Float32Array, from: number, seen: number): void {
  const own = padding + patchSide;
  for (let index = 0; index < padding; index++) line[index] = seen & 1 ? images[from - padding + index]! : 0;
  for (let index = padding; index < own; index++)
    line[index] = seen & 2 ? images[from - padding + index]! : 0;
  for (let index = own; index < windowSide; index++)
    line[index] = seen & 4 ? images[from - padding + index]! : 0;
}

/** The runs of 7 that start at every second pixel of a line, `stride` apart. Unrolled: a third of the time of a loop. */
function writeRuns(pixels: Float32Array, start: number, stride: number, line: Float32Array): void {
  for (let out = 0, run = start; out < outSide; out++, run += stride) {
    const first = 2 * out;
    pixels[run] = line[first]!;
    pixels[run + 1] = line[first + 1]!;
    pixels[run + 2] = line[first + 2]!;
    pixels[run + 3] = line[first + 3]!;
    pixels[run + 4] = line[first + 4]!;
    pixels[run + 5] = line[first + 5]!;
    pixels[run + 6] = line[first + 6]!;
  }
}

/** For each of a patch's 64 outputs and 7 kernel rows, the run of pixels it reads. */
function runIndices(): Int32Array {
  const indices = new Int32Array(outSide * outSide * kernelSide);
  let next = 0;
  for (let out = 0; out < outSide * outSide; out++) {
    const row = 2 * Math.floor(out / outSide);
    for (let tap = 0; tap < kernelSide; tap++) indices[next++] = (row + tap) * outSide + (out % outSide);
  }
  return indices;
}

/** pixels: visible/pixels [R, 168, 7C]; weight: [64, C, 7, 7]. Returns [R·64, 64], owned by the caller. */
function firstConvolution(pixels: Tensor, weight: Tensor): Tensor2D {
  const [outWidth, inWidth] = weight.shape as [number, number];
  const runs = tf.gather(pixels as Tensor3D, tf.tensor1d(runIndices(), 'int32'), 1); // [R, 448, 7C]
  const columns: Tensor2D = tf.reshape(runs, [-1, kernelSide * kernelSide * inWidth]);
  // Taps lie in the order kernel row, channel, kernel column.
  const matrix = tf.reshape(tf.transpose(weight as Tensor4D, [2, 1, 3, 0]), [-1, outWidth]);
  return tf.matMul(columns, matrix as Tensor2D);
}

/**
 * inputs: visible/pixels and the maps of visibleMapSpecs. Returns the visible patches' tokens [V, D] (V visible patches of
 * the whole batch, image by image), owned by the caller. Equal to scottTokenizer with the keep mask at these patches.
 */
export function tokenizeVisiblePatches(inputs: NamedTensors, weights: NamedTensors): Tensor2D {
  const map = (name: string) => inputs[`visible/${name}`]!;
  const borderClass = map('borderClass');
  const first = tf.relu(firstConvolution(map('pixels'), weightOf(weights, firstConvolutionName)));
  const firstPooled = windowMaxBlurPool(first, sides.firstConvolution, {
    halo: map('firstHalo'),
    haloInverse: map('firstHaloInverse'),
    borderClass,
  });
  const second = gatheredConvolution(firstPooled, weightOf(weights, secondConvolutionName), {
    taps: map('taps'),
    tapsInverse: map('tapsInverse'),
  });
  const tokens = windowMaxBlurPool(tf.relu(second), sides.secondConvolution, {
    halo: map('secondHalo'),
    haloInverse: map('secondHaloInverse'),
    borderClass,
  });
  return tf.slice(tokens, [0, 0], [tokens.shape[0] - 1, -1]);
}
