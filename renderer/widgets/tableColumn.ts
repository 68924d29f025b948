// What a table shows in one column. Types alone: DataTable draws it, the screens fill it in.
import type { Snippet } from 'svelte';
import type { SortKey } from './tableSort.ts';

export interface TableColumn<Row> {
  /** Unique in its table. */
  readonly key: string;
  readonly label: string;
  /** The cell's text; also what a cell snippet stands for in exports. */
  readonly text: (row: Row) => string;
  /** Draws the cell instead of the text. */
  readonly cell?: Snippet<[Row]>;
  /** Sortable by this; a number or a text. */
  readonly sortBy?: (row: Row) => SortKey;
  /** The first press sorts from high to low: for scores and dates. */
  readonly descendingFirst?: boolean;
  /** Right-aligned, in tabular figures. */
  readonly numeric?: boolean;
  /** A CSS width, as `120px` or `30%`. */
  readonly width?: string;
  /** Says more about the column, in the head's title. */
  readonly sentence?: string;
}
