// The ladder as a table with whiskers, and its sentences.
import type { Ladder, LadderRow } from '../contract/results.ts';
import { formatDuration, formatInterval, formatShare } from './format.ts';
import { escapeControl, renderTable } from './table.ts';

const axisCells = 41;

/** A dot with its interval on an axis from 0 to 100 %: "     ├──●──┤     ". */
export function renderWhisker(value: number, [low, high]: readonly [number, number]): string {
  const cell = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * (axisCells - 1));
  const cells = Array.from({ length: axisCells }, () => ' ');
  for (let at = cell(low); at <= cell(high); at++) cells[at] = '─';
  cells[cell(low)] = '├';
  cells[cell(high)] = '┤';
  cells[cell(value)] = '●';
  return cells.join('');
}

type ShownRow = Pick<
  LadderRow,
  'name' | 'probe' | 'top1' | 'top5' | 'balancedAccuracy' | 'ci95' | 'n' | 'seconds'
>;

/** Rows as a table. */
export function renderLadderRows(rows: readonly ShownRow[]): string {
  return renderTable(
    [
      { title: '' },
      { title: 'probe' },
      { title: 'top-1', align: 'right' },
      { title: '95 % interval', align: 'right' },
      { title: 'balanced', align: 'right' },
      { title: 'top-5', align: 'right' },
      { title: 'n', align: 'right' },
      { title: `0 ${'·'.repeat(axisCells - 6)} 100` },
      { title: 'took', align: 'right' },
    ],
    rows.map((row) => [
      row.name,
      row.probe === 'supervised' ? 'labels' : row.probe,
      formatShare(row.top1),
      formatInterval(row.ci95),
      formatShare(row.balancedAccuracy),
      row.top5 === null ? '–' : formatShare(row.top5),
      String(row.n),
      renderWhisker(row.top1, row.ci95),
      formatDuration(row.seconds * 1000),
    ]),
  );
}

/** The verdict first, then the table, then what was compared and how. */
export function renderLadder(ladder: Ladder): string {
  return [
    escapeControl(ladder.verdict.sentence),
    '',
    renderLadderRows(ladder.rows),
    '',
    ...ladder.comparisons.map(({ words }) => `• ${escapeControl(words)}`),
    '',
    `Protocol: ${ladder.protocol}; split: ${escapeControl(ladder.split)}; seed ${ladder.rows[0]?.seed ?? '–'}.`,
    ...ladder.notes.map((note) => escapeControl(note)),
    ...ladder.verdict.advice.map((advice) => `→ ${escapeControl(advice)}`),
  ].join('\n');
}
