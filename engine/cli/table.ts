// Plain text tables for a terminal. Columns align by display width; numbers to the right.

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Cells a string takes on a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function measureWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Control characters would let a file's name rewrite the screen; they are shown as escapes. */
export function escapeControl(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const gap = ' '.repeat(Math.max(0, width - measureWidth(text)));
  return align === 'right' ? gap + text : text + gap;
}

/** Renders rows under their titles, two spaces between columns, no trailing spaces. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((_, index) => escapeControl(row[index] ?? '')));
  const widths = columns.map((column, index) =>
    Math.max(measureWidth(column.title), ...cells.map((row) => measureWidth(row[index]!))),
  );
  const renderRow = (row: readonly string[]) =>
    row
      .map((cell, index) => pad(cell, widths[index]!, columns[index]!.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [renderRow(columns.map((column) => column.title)), rule, ...cells.map(renderRow)].join('\n');
}
