// Which rows of a long list have to exist for what is in sight. Pure arithmetic, shared by the table and the grid.

export interface VirtualWindow {
  /** First row to draw, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

/** Rows of `rowHeight` in sight at `scrollTop`, with `spare` more on both sides. */
export function computeWindow(
  scrollTop: number,
  viewHeight: number,
  rowHeight: number,
  rowCount: number,
  spare: number,
): VirtualWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const last = Math.ceil((Math.max(0, scrollTop) + viewHeight) / rowHeight);
  const start = Math.min(Math.max(0, first - spare), Math.max(0, rowCount - 1));
  return { start: rowCount === 0 ? 0 : start, end: Math.min(rowCount, last + spare) };
}

/**
 * As many rows as a window of `computeWindow` can ever hold at this height. A row that leaves it can so hand its place, by its
 * number modulo this, to the one that comes: what is drawn already is filled anew, which is far cheaper than making it.
 */
export function countSlots(viewHeight: number, rowHeight: number, spare: number): number {
  return Math.ceil(viewHeight / rowHeight) + 1 + 2 * spare;
}

/** How many cells of `cellWidth` fit beside each other; at least one. */
export function countColumns(width: number, cellWidth: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (cellWidth + gap)));
}

/** The scroll position that brings a row into sight with the least movement. */
export function scrollToShow(
  scrollTop: number,
  viewHeight: number,
  rowTop: number,
  rowHeight: number,
  topInset = 0,
): number {
  if (rowTop < scrollTop + topInset) return Math.max(0, rowTop - topInset);
  if (rowTop + rowHeight > scrollTop + viewHeight) return rowTop + rowHeight - viewHeight;
  return scrollTop;
}

/** Where an arrow, Home, End or Page key leads in a grid of `columns`; null when the key is none of these. */
export function moveInGrid(
  key: string,
  index: number,
  count: number,
  columns: number,
  pageRows: number,
): number | null {
  const last = count - 1;
  const within = (target: number) => Math.min(last, Math.max(0, target));
  const below = index + columns;
  switch (key) {
    case 'ArrowRight':
      return within(index + 1);
    case 'ArrowLeft':
      return within(index - 1);
    case 'ArrowDown':
      // The last row may be shorter: from above a missing cell, go to the end.
      if (below <= last) return below;
      return Math.floor(index / columns) < Math.floor(last / columns) ? last : index;
    case 'ArrowUp':
      return index - columns >= 0 ? index - columns : index;
    case 'PageDown':
      return within(index + columns * pageRows);
    case 'PageUp':
      return within(index - columns * pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
