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

/** Where an entry of a map points: one of the 3 × 3 patches around a patch (row by row; 4 is itself), and a place in it. */
interface Place {
  readonly near: number;
  readonly place: number;
}

/** Stands for readers that are not there: the first place of the zero patch, which is zero. */
const nowhere: Place = { near: 9, place: 0 };

function nearOf(down: number, right: number): number {
  return 3 * (down + 1) + right + 1;
}

/** y, x: pixel relative to a patch's first, −side … 2·side − 1. */
function locate(y: number, x: number, side: number): Place {
  const down = y < 0 ? -1 : y >= side ? 1 : 0;
  const right = x < 0 ? -1 : x >= side ? 1 : 0;
  return { near: nearOf(down, right), place: (y - down * side) * side + (x - right * side) };
}

/** Rows of a patch's window, one pixel wider all round. */
function listHalo(side: number): Place[] {
  const window = side + 2;
  return Array.from({ length: window * window }, (_, index) =>
    locate(Math.floor(index / window) - 1, (index % window) - 1, side),
  );
}

/**
 * For each pixel of a patch, the places in windows that hold it: the patch's own, and, at its edges, those of the
 * neighbours. A neighbour that is not visible has no window: its number is that of the zero patch, whose window is zero.
 */
function listHaloInverse(side: number): Place[] {
  const windowSide = side + 2;
  const toEdge = (index: number) => (index === 0 ? -1 : index === side - 1 ? 1 : 0);
  const placeIn = (down: number, right: number, y: number, x: number): Place => ({
    near: nearOf(down, right),
    place: (y + 1 - down * side) * windowSide + (x + 1 - right * side),
  });
  return Array.from({ length: side * side }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / side), pixel % side];
    const [down, right] = [toEdge(y), toEdge(x)];
    return [
      placeIn(0, 0, y, x),
      down === 0 ? nowhere : placeIn(down, 0, y, x),
      right === 0 ? nowhere : placeIn(0, right, y, x),
      down === 0 || right === 0 ? nowhere : placeIn(down, right, y, x),
    ];
  }).flat();
}

/** Input rows of a patch's four outputs of the second convolution, tap by tap. */
function listTaps(): Place[] {
  const outSide = sides.secondConvolution;
  const kernelSize = kernelSide * kernelSide;
  return Array.from({ length: outSide * outSide * kernelSize }, (_, index) => {
    const out = Math.floor(index / kernelSize);
    const tap = index % kernelSize;
    const y = 2 * Math.floor(out / outSide) - padding + Math.floor(tap / kernelSide);
    return locate(y, 2 * (out % outSide) - padding + (tap % kernelSide), sides.firstPool);
  });
}

/** For each input pixel of the second convolution, the outputs (and taps) that read it. */
function listTapsInverse(): Place[] {
  const readers = readersPerAxis ** 2;
  return Array.from({ length: sides.firstPool ** 2 * readers }, (_, index) => {
    const pixel = Math.floor(index / readers);
    const reader = index % readers;
    const y = Math.floor(pixel / sides.firstPool);
    const x = pixel % sides.firstPool;
    const row = Math.ceil((y - padding) / 2) + Math.floor(reader / readersPerAxis);
    const column = Math.ceil((x - padding) / 2) + (reader % readersPerAxis);
    const tapRow = y + padding - 2 * row;
    const tapColumn = x + padding - 2 * column;
    if (tapRow < 0 || tapColumn < 0) return nowhere;
    const { near, place } = locate(row, column, sides.secondConvolution);
    return { near, place: place * kernelSide ** 2 + tapRow * kernelSide + tapColumn };
  });
}

/** A map's entries for any patch: only the numbers of the patches around it differ from patch to patch. */
interface MapPattern {
  readonly near: Uint8Array;
  readonly places: Int32Array;
  /** Rows that a patch has in what the map points into. */
  readonly rowsPerPatch: number;
}

function createPattern(entries: readonly Place[], rowsPerPatch: number): MapPattern {
  return {
    near: Uint8Array.from(entries, ({ near }) => near),
    places: Int32Array.from(entries, ({ place }) => place),
    rowsPerPatch,
  };
}

const { firstConvolution, firstPool, secondConvolution } = sides;

/** The patterns of all maps but borderClass. */
const patterns = {
  firstHalo: createPattern(listHalo(firstConvolution), firstConvolution ** 2),
  firstHaloInverse: createPattern(listHaloInverse(firstConvolution), (firstConvolution + 2) ** 2),
  taps: createPattern(listTaps(), firstPool ** 2),
  tapsInverse: createPattern(listTapsInverse(), secondConvolution ** 2 * kernelSide ** 2),
  secondHalo: createPattern(listHalo(secondConvolution), secondConvolution ** 2),
  secondHaloInverse: createPattern(listHaloInverse(secondConvolution), (secondConvolution + 2) ** 2),
} as const;

/** Writes a map's entries for one patch. around: numbers of the 3 × 3 patches, then that of the zero patch. */
function writePatch(target: Int32Array, patch: number, pattern: MapPattern, around: Int32Array): void {
  const { near, places, rowsPerPatch } = pattern;
  const start = patch * places.length;
  for (let index = 0; index < places.length; index++) {
    target[start + index] = around[near[index]!]! * rowsPerPatch + places[index]!;
  }
}

function borderPlace(index: number, gridSide: number): number {
  if (index === 0) return 0;
  return index === gridSide - 1 ? 2 : 1;
}

/**
 * All maps for the given keep masks ([B, N] bytes, 1 = visible; as many ones as layout.visibleCount). gridSide must be at
 * least 2.
 */
export function computeVisibleMaps(keepMasks: Uint8Array, layout: GridLayout): VisibleMaps {
  const { batchSize, gridSide, visibleCount } = layout;
  const numbers = numberVisiblePatches(keepMasks, layout);
  const stride = gridSide + 2;
  const maps = Object.fromEntries(
    Object.entries(mapSizes).map(([name, size]) => [name, new Int32Array((visibleCount + 1) * size)]),
  ) as Record<VisibleMapName, Int32Array>;
  const patterned = Object.entries(patterns).map(
    ([name, pattern]) => [maps[name as VisibleMapName], pattern] as const,
  );
  const around = new Int32Array(10).fill(visibleCount);
  let patch = 0;
  for (let place = 0; place < batchSize * gridSide ** 2; place++) {
    if (keepMasks[place] === 0) continue;
    const column = place % gridSide;
    const row = Math.floor(place / gridSide) % gridSide;
    const image = Math.floor(place / gridSide ** 2);
    const corner = (image * stride + row) * stride + column;
    for (let near = 0; near < 9; near++) {
      around[near] = numbers[corner + Math.floor(near / 3) * stride + (near % 3)]!;
    }
    maps.borderClass[patch] = 3 * borderPlace(row, gridSide) + borderPlace(column, gridSide);
    for (const [map, pattern] of patterned) writePatch(map, patch, pattern, around);
    patch++;
  }
  // The zero patch reads nothing but itself.
  for (const [map, { rowsPerPatch, places }] of patterned) {
    map.fill(visibleCount * rowsPerPatch, visibleCount * places.length);
  }
  return maps;
}
