// Small summaries by which images that look alike are found: a 256-bit difference hash and a 32 × 32 thumbnail.
import type { Fingerprint } from '../contract/dataset.ts';
import { grayOf, type RgbImage } from './rgbImage.ts';

/** Side of the thumbnail, pixels. */
export const thumbnailSide = 32;
const hashColumns = 17;
const hashRows = 16;

/** Mean gray value of each cell of a columns × rows grid laid over the image; cells share pixels they cut. */
function averageCells(image: RgbImage, columns: number, rows: number): Float64Array {
  const { width, height, pixels } = image;
  // Sums along x first, one row at a time: each pixel is given to the one or two cells that it lies in.
  const cells = new Float64Array(columns * rows);
  const rowCells = new Float64Array(columns);
  const cellWidth = width / columns;
  const cellHeight = height / rows;
  for (let y = 0; y < height; y++) {
    rowCells.fill(0);
    for (let column = 0; column < columns; column++) {
      const start = column * cellWidth;
      const end = start + cellWidth;
      let sum = 0;
      for (let x = Math.floor(start); x < end && x < width; x++) {
        const at = (y * width + x) * 3;
        const share = Math.min(x + 1, end) - Math.max(x, start);
        sum += share * grayOf(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
      }
      rowCells[column] = sum;
    }
    for (let row = Math.floor(y / cellHeight); row < rows && row * cellHeight < y + 1; row++) {
      const share = Math.min(y + 1, (row + 1) * cellHeight) - Math.max(y, row * cellHeight);
      if (share <= 0) continue;
      for (let column = 0; column < columns; column++)
        cells[row * columns + column]! += share * rowCells[column]!;
    }
  }
  const area = cellWidth * cellHeight;
  for (let i = 0; i < cells.length; i++) cells[i]! /= area;
  return cells;
}

/** The fingerprint of an image, after orientation and conversion to 8-bit RGB. */
export function computeFingerprint(image: RgbImage): Fingerprint {
  const cells = averageCells(image, hashColumns, hashRows);
  const hash = Buffer.alloc((hashRows * (hashColumns - 1)) / 8);
  for (let bit = 0; bit < hash.length * 8; bit++) {
    const row = Math.floor(bit / (hashColumns - 1));
    const at = row * hashColumns + (bit % (hashColumns - 1));
    if (cells[at + 1]! > cells[at]!) hash[bit >> 3]! |= 128 >> (bit & 7);
  }
  const thumbnail = Uint8Array.from(averageCells(image, thumbnailSide, thumbnailSide), Math.round);
  return { differenceHash: hash.toString('hex'), thumbnail };
}
