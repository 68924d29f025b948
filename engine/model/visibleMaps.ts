// Index maps of the visible-patches-only tokenizer, computed on the host from keep masks. Visible patches are numbered
// through the batch, image by image, row by row; one more patch, all zero, stands for everything else.
import type { TensorSpec } from '../runtime/program.ts';

export interface GridLayout {
  readonly batchSize: number;
  /** Patches along one side of the grid. */
  readonly gridSide: number;
  /** Visible patches of the whole batch. */
  readonly visibleCount: number;
}

/** Pixels along one side of a patch: after the first convolution, the first pool, the second convolution. */
export const sides = { firstConvolution: 8, firstPool: 4, secondConvolution: 2 } as const;
const kernelSide = 7;
const padding = 3;
/** Most output rows (or columns) of the second convolution that read one row (or column) of its input. */
const readersPerAxis = 4;

/** Names, and int32 elements for each of the R = visibleCount + 1 patches. */
const mapSizes = {
  borderClass: 1,
  firstHalo: (sides.firstConvolution + 2) ** 2,
  firstHaloInverse: sides.firstConvolution ** 2 * 4,
  taps: sides.secondConvolution ** 2 * kernelSide ** 2,
  tapsInverse: sides.firstPool ** 2 * readersPerAxis ** 2,
  secondHalo: (sides.secondConvolution + 2) ** 2,
  secondHaloInverse: sides.secondConvolution ** 2 * 4,
} as const;
export type VisibleMapName = keyof typeof mapSizes;
export type VisibleMaps = Readonly<Record<VisibleMapName, Int32Array>>;

/** The maps as program inputs, names prefixed `visible/`. */
export function visibleMapSpecs({ visibleCount }: GridLayout): TensorSpec[] {
  return Object.entries(mapSizes).map(([name, size]) => ({
    name: `visible/${name}`,
    shape: [(visibleCount + 1) * size],
    type: 'int32',
  }));
}

/** The number of each patch among the visible ones, or visibleCount (the zero patch), with a border of such all round. */
export function numberVisiblePatches(keepMasks: Uint8Array, layout: GridLayout): Int32Array {
  const { batchSize, gridSide, visibleCount } = layout;
  const side = gridSide + 2;
  const numbers = new Int32Array(batchSize * side * side).fill(visibleCount);
  let next = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let patch = 0; patch < gridSide * gridSide; patch++) {
      if (keepMasks[image * gridSide * gridSide + patch] === 0) continue;
      const row = Math.floor(patch / gridSide) + 1;
      numbers[(image * side + row) * side + (patch % gridSide) + 1] = next++;
    }
  }
  return numbers;
}

/** Looks rows up near one visible patch: a pixel that may lie in a neighbouring patch → its row in the flat table. */
class Neighbourhood {
  readonly #numbers: Int32Array;
  readonly #stride: number;
  #centre = 0;

  constructor(numbers: Int32Array, gridSide: number) {
    this.#numbers = numbers;
    this.#stride = gridSide + 2;
  }

  moveTo(image: number, row: number, column: number): void {
    this.#centre = (image * this.#stride + row + 1) * this.#stride + column + 1;
  }

  /** y, x: pixel relative to the patch's first, −side … 2·side − 1. Returns patch number · side² + place in the patch. */
  rowAt(y: number, x: number, side: number): number {
    const patchDown = y < 0 ? -1 : y >= side ? 1 : 0;
    const patchRight = x < 0 ? -1 : x >= side ? 1 : 0;
    const number = this.#numbers[this.#centre + patchDown * this.#stride + patchRight]!;
    return number * side * side + (y - patchDown * side) * side + (x - patchRight * side);
  }
}

/** Rows of a patch's window, one pixel wider all round. */
function writeHalo(target: Int32Array, start: number, near: Neighbourhood, side: number): void {
  let next = start;
  for (let y = -1; y <= side; y++) {
    for (let x = -1; x <= side; x++) target[next++] = near.rowAt(y, x, side);
  }
}

/**
 * For each pixel of a patch, the places in windows that hold it: the patch's own, and, at its edges, those of the
 * neighbours. A neighbour that is not visible has no window: its number is that of the zero patch, whose window is zero.
 */
function writeHaloInverse(target: Int32Array, start: number, near: Neighbourhood, side: number): void {
  const windowSide = side + 2;
  let next = start;
  // The neighbour's number, from the row that its first pixel would have.
  const windowOf = (down: number, right: number) =>
    near.rowAt(down * side, right * side, side) / (side * side);
  const place = (down: number, right: number, y: number, x: number) =>
    windowOf(down, right) * windowSide ** 2 + (y + 1 - down * side) * windowSide + (x + 1 - right * side);
  for (let y = 0; y < side; y++) {
    const down = y === 0 ? -1 : y === side - 1 ? 1 : 0;
    for (let x = 0; x < side; x++) {
      const right = x === 0 ? -1 : x === side - 1 ? 1 : 0;
      target[next++] = place(0, 0, y, x);
      target[next++] = down === 0 ? -1 : place(down, 0, y, x);
      target[next++] = right === 0 ? -1 : place(0, right, y, x);
      target[next++] = down === 0 || right === 0 ? -1 : place(down, right, y, x);
    }
  }
}

/** Input rows of a patch's four outputs of the second convolution, tap by tap. */
function writeTaps(target: Int32Array, start: number, near: Neighbourhood): void {
  const outSide = sides.secondConvolution;
  let next = start;
  for (let out = 0; out < outSide * outSide; out++) {
    const top = 2 * Math.floor(out / outSide) - padding;
    const left = 2 * (out % outSide) - padding;
    for (let tap = 0; tap < kernelSide * kernelSide; tap++) {
      const y = top + Math.floor(tap / kernelSide);
      target[next++] = near.rowAt(y, left + (tap % kernelSide), sides.firstPool);
    }
  }
}

/** For each input pixel of the second convolution, the outputs (and taps) that read it; −1 where there are fewer. */
function writeTapsInverse(target: Int32Array, start: number, near: Neighbourhood): void {
  const inSide = sides.firstPool;
  let next = start;
  for (let pixel = 0; pixel < inSide * inSide; pixel++) {
    const y = Math.floor(pixel / inSide);
    const x = pixel % inSide;
    const firstRow = Math.ceil((y - padding) / 2);
    const firstColumn = Math.ceil((x - padding) / 2);
    for (let reader = 0; reader < readersPerAxis ** 2; reader++) {
      const row = firstRow + Math.floor(reader / readersPerAxis);
      const column = firstColumn + (reader % readersPerAxis);
      const tapRow = y + padding - 2 * row;
      const tapColumn = x + padding - 2 * column;
      const output = near.rowAt(row, column, sides.secondConvolution);
      target[next++] =
        tapRow < 0 || tapColumn < 0 ? -1 : output * kernelSide ** 2 + tapRow * kernelSide + tapColumn;
    }
  }
}

function borderPlace(index: number, gridSide: number): number {
  if (index === 0) return 0;
  return index === gridSide - 1 ? 2 : 1;
}

/** The zero patch reads itself; absent readers (−1) become its first place, which is zero. */
function closeMap(map: Int32Array, size: number, rowsPerPatch: number): void {
  const zero = (map.length / size - 1) * rowsPerPatch;
  for (let index = 0; index < map.length - size; index++) if (map[index]! < 0) map[index] = zero;
  map.fill(zero, map.length - size);
}

/**
 * All maps for the given keep masks ([B, N] bytes, 1 = visible; as many ones as layout.visibleCount). gridSide must be at
 * least 2.
 */
export function computeVisibleMaps(keepMasks: Uint8Array, layout: GridLayout): VisibleMaps {
  const { batchSize, gridSide, visibleCount } = layout;
  const near = new Neighbourhood(numberVisiblePatches(keepMasks, layout), gridSide);
  const maps = Object.fromEntries(
    Object.entries(mapSizes).map(([name, size]) => [name, new Int32Array((visibleCount + 1) * size)]),
  ) as Record<VisibleMapName, Int32Array>;
  let patch = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < gridSide; row++) {
      for (let column = 0; column < gridSide; column++) {
        if (keepMasks[(image * gridSide + row) * gridSide + column] === 0) continue;
        near.moveTo(image, row, column);
        maps.borderClass[patch] = 3 * borderPlace(row, gridSide) + borderPlace(column, gridSide);
        writeHalo(maps.firstHalo, patch * mapSizes.firstHalo, near, sides.firstConvolution);
        writeHaloInverse(
          maps.firstHaloInverse,
          patch * mapSizes.firstHaloInverse,
          near,
          sides.firstConvolution,
        );
        writeTaps(maps.taps, patch * mapSizes.taps, near);
        writeTapsInverse(maps.tapsInverse, patch * mapSizes.tapsInverse, near);
        writeHalo(maps.secondHalo, patch * mapSizes.secondHalo, near, sides.secondConvolution);
        writeHaloInverse(
          maps.secondHaloInverse,
          patch * mapSizes.secondHaloInverse,
          near,
          sides.secondConvolution,
        );
        patch++;
      }
    }
  }
  closeMap(maps.firstHalo, mapSizes.firstHalo, sides.firstConvolution ** 2);
  closeMap(maps.firstHaloInverse, mapSizes.firstHaloInverse, (sides.firstConvolution + 2) ** 2);
  closeMap(maps.taps, mapSizes.taps, sides.firstPool ** 2);
  closeMap(maps.tapsInverse, mapSizes.tapsInverse, sides.secondConvolution ** 2 * kernelSide ** 2);
  closeMap(maps.secondHalo, mapSizes.secondHalo, sides.secondConvolution ** 2);
  closeMap(maps.secondHaloInverse, mapSizes.secondHaloInverse, (sides.secondConvolution + 2) ** 2);
  return maps;
}
