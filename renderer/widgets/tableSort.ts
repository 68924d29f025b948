// Order of table rows by one column. Pure and stable; rows without a value stay last whichever way one sorts.

export type SortKey = number | string | null | undefined;

export interface TableOrder {
  readonly column: string;
  readonly descending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** A sorted copy of the rows by the given key. */
export function sortRows<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => SortKey,
  descending: boolean,
): readonly Row[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => {
      const missing = Number(isMissing(a.key)) - Number(isMissing(b.key));
      if (missing !== 0 || isMissing(a.key)) return missing;
      return sign * compareKeys(a.key!, b.key!);
    })
    .map(({ row }) => row);
}

/** What a press on a column's head leads to: first its natural direction, then the other, then no order at all. */
export function nextOrder(
  order: TableOrder | null,
  column: string,
  descendingFirst: boolean,
): TableOrder | null {
  if (order?.column !== column) return { column, descending: descendingFirst };
  return order.descending === descendingFirst ? { column, descending: !descendingFirst } : null;
}

function isMissing(key: SortKey): boolean {
  return key === null || key === undefined || (typeof key === 'number' && Number.isNaN(key));
}

function compareKeys(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}
