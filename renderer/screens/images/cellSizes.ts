// How large images are in the grid, and how many pixels are asked for each: twice the cell, for fine screens. Pure.
export type CellSize = 'small' | 'medium' | 'large';

export const cellGap = 8;

interface Cell {
  /** Pixels of the screen; at least, for it grows to fill the row. */
  readonly width: number;
  /** Of the line for the name below the picture. */
  readonly nameHeight: number;
  /** Longest side of the picture that is asked for. */
  readonly pixels: number;
}

export const cellSizes: Readonly<Record<CellSize, Cell>> = {
  small: { width: 80, nameHeight: 0, pixels: 192 },
  medium: { width: 140, nameHeight: 22, pixels: 320 },
  large: { width: 220, nameHeight: 22, pixels: 512 },
};

/** The largest cells of a size, whole pixels, of which as many fit a row as of the smallest ones. */
export function fitCell(
  size: CellSize,
  rowWidth: number,
): { readonly width: number; readonly height: number } {
  const { width, nameHeight } = cellSizes[size];
  const columns = Math.max(1, Math.floor((rowWidth + cellGap) / (width + cellGap)));
  const fitted = Math.max(width, Math.floor((rowWidth - (columns - 1) * cellGap) / columns));
  return { width: fitted, height: fitted + nameHeight };
}
