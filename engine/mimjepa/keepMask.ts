// Which patches stay visible: in blocks, as the paper draws them, or anywhere.
import type { MaskingConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import type { CounterRandom } from '../random/counterRandom.ts';

/** Smallest block that is aimed for, patches, and the range of a block's height over width. */
const smallestBlock = 16;
const aspectRange = [0.3, 3.3] as const;
/** Far beyond what any grid needs; reached only if no block can ever fit. */
const mostAttempts = 1_000_000;

/** K of a grid: ceil((1 − dropRatio) · gridSide²). */
export function keptCount(masking: MaskingConfig, gridSide: number): number {
  return Math.ceil((1 - masking.dropRatio) * gridSide * gridSide - 1e-9);
}

/**
 * One image's keep mask, row-major, gridSide² bytes: 1 = visible, 0 = dropped; exactly keptCount ones. `random` is
 * advanced. Throws config.invalid where no patch would be dropped or none kept.
 */
export function sampleKeepMask(masking: MaskingConfig, gridSide: number, random: CounterRandom): Uint8Array {
  const count = keptCount(masking, gridSide);
  if (count < 1 || count >= gridSide * gridSide) {
    throw new EngineError(
      'config.invalid',
      `keep mask: of ${gridSide}×${gridSide} patches ${count} would be visible; at least one must be visible and one dropped. Change the drop ratio or use larger images.`,
    );
  }
  return masking.kind === 'uniform'
    ? sampleUniform(count, gridSide, random)
    : sampleBlocks(count, gridSide, random);
}

function sampleUniform(count: number, gridSide: number, random: CounterRandom): Uint8Array {
  const mask = new Uint8Array(gridSide * gridSide);
  for (const patch of random.nextPermutation(mask.length).subarray(0, count)) mask[patch] = 1;
  return mask;
}

function sampleBlocks(count: number, gridSide: number, random: CounterRandom): Uint8Array {
  const mask = new Uint8Array(gridSide * gridSide);
  let pending = count;
  for (let attempt = 0; pending > 0; attempt++) {
    if (attempt === mostAttempts) {
      throw new EngineError('internal', `keep mask: no block fits a ${gridSide}×${gridSide} grid`);
    }
    pending -= tryBlock(mask, gridSide, pending, random);
  }
  return mask;
}

/**
 * Draws one rectangle of visible patches and adds it, unless it is as large as the grid or would show more than
 * `pending` new patches. Returns how many patches became visible.
 */
function tryBlock(mask: Uint8Array, gridSide: number, pending: number, random: CounterRandom): number {
  const area = random.nextBetween(smallestBlock, pending);
  const aspect = Math.exp(random.nextBetween(Math.log(aspectRange[0]), Math.log(aspectRange[1])));
  const height = Math.round(Math.sqrt(area * aspect));
  const width = Math.round(Math.sqrt(area / aspect));
  if (height >= gridSide || width >= gridSide) return 0;
  const top = random.nextInteger(gridSide - height + 1);
  const left = random.nextInteger(gridSide - width + 1);
  const places: number[] = [];
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) {
      const place = row * gridSide + column;
      if (mask[place] === 0) places.push(place);
    }
  }
  if (places.length > pending) return 0;
  for (const place of places) mask[place] = 1;
  return places.length;
}
