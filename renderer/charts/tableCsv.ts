// A chart's or a table's numbers as CSV, for spreadsheets. Texts that a spreadsheet would run as formulas are defused.
import Papa from 'papaparse';

export type CsvValue = string | number | boolean | null | undefined;

/** Header and rows to CSV with CRLF lines; missing and non-finite values are empty. */
export function writeCsv(header: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  const clean = rows.map((row) => row.map((value) => (isMissing(value) ? '' : defuse(value))));
  return Papa.unparse(
    { fields: [...header], data: clean },
    { newline: '\r\n', escapeFormulae: /^[=+@\t\r]/ },
  );
}

/** A text such as `-1+2.png` would be reckoned; a negative number stays one. */
function defuse(value: CsvValue): CsvValue {
  return typeof value === 'string' && value.startsWith('-') && !Number.isFinite(Number(value))
    ? `'${value}`
    : value;
}

function isMissing(value: CsvValue): boolean {
  return value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value));
}
