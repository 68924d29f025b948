// Max-blur-pool on scattered square patches of a map instead of the whole map: only visible patches are stored, each with
// its own rows, and borders are fetched from neighbours by index. One zero patch stands for everything not visible.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { blurWeights } from './maxBlurPool.ts';

/** Where a patch lies along one axis of the grid: at its first, an inner, or its last place. */
const placeCount = 3;

export interface WindowPoolMaps {
  /**
   * int32 [R·(s+2)²]: for each patch's window (the patch and one pixel around it, row by row) the row of x; the zero
   * patch's rows for pixels that are not visible or outside the map.
   */
  readonly halo: Tensor;
  /** int32 [R·s²·4]: for each row of x the places in the windows that read it, filled up with a place that is zero. */
  readonly haloInverse: Tensor;
  /** int32 [R]: 3 · row place + column place, each 0 first, 1 inner, 2 last. */
  readonly borderClass: Tensor;
}

/**
 * Blur matrices [9, (s/2)², (s+1)²] by border class: from a patch's pooled window to its blurred pixels. The pooled row
 * (column) that would lie outside the map is weighted 0: the pool's map is one smaller, and the blur pads with zeros.
 */
export function computeBlurMatrices(patchSide: number): Float32Array {
  const outSide = patchSide / 2;
  const inSide = patchSide + 1;
  const size = outSide * outSide * inSide * inSide;
  const matrices = new Float32Array(placeCount * placeCount * size);
  const axisWeight = (place: number, out: number, at: number): number => {
    const outside = (place === 0 && at === 0) || (place === 2 && at === patchSide);
    return outside ? 0 : (blurWeights[at - 2 * out] ?? 0);
  };
  let next = 0;
  for (let borderClass = 0; borderClass < placeCount * placeCount; borderClass++) {
    const [rowPlace, columnPlace] = [Math.floor(borderClass / placeCount), borderClass % placeCount];
    for (let out = 0; out < outSide * outSide; out++) {
      for (let at = 0; at < inSide * inSide; at++) {
        const vertical = axisWeight(rowPlace, Math.floor(out / outSide), Math.floor(at / inSide));
        matrices[next++] = vertical * axisWeight(columnPlace, out % outSide, at % inSide);
      }
    }
  }
  return matrices;
}

/** Start and length of the two overlapping halves of an axis of length n: all but the last, all but the first. */
function halves(x: Tensor4D, axis: 1 | 2): [Tensor4D, Tensor4D] {
  const size = [-1, -1, -1, -1] as [number, number, number, number];
  size[axis] = x.shape[axis] - 1;
  const shifted: [number, number, number, number] = [0, 0, 0, 0];
  shifted[axis] = 1;
  return [tf.slice(x, [0, 0, 0, 0], size), tf.slice(x, shifted, size)];
}

/** The gradient of max(first half, second half) of an axis: dy goes to the first where it was at least as large. */
function unpool(dy: Tensor4D, firstWins: Tensor4D, axis: 1 | 2): Tensor4D {
  const toFirst = tf.where(firstWins, dy, tf.zerosLike(dy));
  const toSecond = tf.sub(dy, toFirst);
  const edge: [number, number, number, number] = [...dy.shape];
  edge[axis] = 1;
  const zeros = tf.zeros<tf.Rank.R4>(edge);
  return tf.add(tf.concat([toFirst, zeros], axis), tf.concat([zeros, toSecond], axis));
}

/**
 * Maximum over 2×2 neighbourhoods, then the 3×3 binomial blur of stride 2, for R patches of s × s pixels.
 * x: [R·s², C] float32, patch by patch, pixels row by row; the last patch is all zero. Returns [R·(s/2)², C], owned by the
 * caller. Equal to maxBlurPool on the whole map with everything else zero, at the visible patches; the last patch stays
 * zero. Of equal values the first in reading order gets the gradient, as in PyTorch.
 */
export function windowMaxBlurPool(x: Tensor, patchSide: number, maps: WindowPoolMaps): Tensor2D {
  const [rows, channels] = x.shape as [number, number];
  const patches = rows / patchSide ** 2;
  const side = patchSide + 2;
  const pooledCount = (patchSide + 1) ** 2;
  const outCount = (patchSide / 2) ** 2;
  const table = tf.tensor3d(computeBlurMatrices(patchSide), [placeCount ** 2, outCount, pooledCount]);
  const blur: Tensor3D = tf.gather(table, maps.borderClass as Tensor1D);
  const pool = tf.customGrad((input, save) => {
    const windows: Tensor4D = tf.reshape(tf.gather(input as Tensor2D, maps.halo as Tensor1D), [
      patches,
      side,
      side,
      channels,
    ]);
    // Columns before rows: then ties go to the first pixel in reading order.
    const [left, right] = halves(windows, 2);
    const wide = tf.maximum(left, right);
    const [upper, lower] = halves(wide as Tensor4D, 1);
    const pooled = tf.maximum(upper, lower);
    (save as tf.GradSaveFunc)([tf.greaterEqual(left, right), tf.greaterEqual(upper, lower), blur]);
    const value = tf.matMul(blur, tf.reshape(pooled, [patches, pooledCount, channels]));
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [leftWins, upperWins, weights] = saved as [Tensor4D, Tensor4D, Tensor3D];
      const dPooled = tf.matMul(weights, tf.reshape(dy, [patches, outCount, channels]), true, false);
      const dWide = unpool(tf.reshape(dPooled, upperWins.shape), upperWins, 1);
      const dWindows = tf.reshape(unpool(dWide, leftWins, 2), [-1, channels]);
      const gathered = tf.gather(dWindows as Tensor2D, maps.haloInverse as Tensor1D);
      return tf.sum(tf.reshape(gathered, [rows, 4, channels]), 1);
    };
    return { value: tf.reshape(value, [patches * outCount, channels]), gradFunc };
  });
  return pool(x) as Tensor2D;
}
