// Features as a CSV table: one image a row. Written for R, Excel and pandas.

export interface FeatureTable {
  readonly paths: readonly string[];
  readonly labels: readonly (string | null)[];
  readonly splits: readonly string[];
  /** [n, dimensions], row after row. */
  readonly features: Float32Array;
  readonly dimensions: number;
}

/**
 * A text cell. Quotes what CSV needs quoted, and puts an apostrophe before what a spreadsheet would run as a formula:
 * file names come from anywhere.
 */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The table's lines, header first, without line ends: file, label, split, f0 … */
export function* renderFeatureRows(table: FeatureTable): Generator<string> {
  const names = Array.from({ length: table.dimensions }, (_, index) => `f${index}`);
  yield ['file', 'label', 'split', ...names].join(',');
  for (const [row, path] of table.paths.entries()) {
    const values = table.features.subarray(row * table.dimensions, (row + 1) * table.dimensions);
    // Nine significant digits hold a float32 exactly.
    const numbers = Array.from(values, (value) => String(Number(value.toPrecision(9))));
    yield [csvCell(path), csvCell(table.labels[row] ?? ''), table.splits[row], ...numbers].join(',');
  }
}
