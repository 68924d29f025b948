import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInterval,
  formatNumber,
  formatPlural,
  formatShare,
} from '../../../engine/cli/format.ts';
import { ProgressLine, renderBar } from '../../../engine/cli/progressLine.ts';
import { measureWidth, renderTable } from '../../../engine/cli/table.ts';

describe('numbers for people', () => {
  test.each([
    [0, '0 ms'],
    [949, '949 ms'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [75_000, '1 min 15 s'],
    [3_600_000, '1 h'],
    [5_430_000, '1 h 30 min'],
    [Number.NaN, '–'],
  ])('%d ms reads "%s"', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_600, '1.0 MB'],
    [123_456_789, '123 MB'],
  ])('%d bytes read "%s"', (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));

  test('counts, shares and intervals', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatPlural(1, 'image')).toBe('1 image');
    expect(formatPlural(2000, 'class', 'classes')).toBe('2,000 classes');
    expect(formatShare(0.7312)).toBe('73.1 %');
    expect(formatInterval([0.704, 0.759])).toBe('70.4 to 75.9');
    expect(formatNumber(0.000123456)).toBe('1.23e-4');
    expect(formatNumber(0.123456)).toBe('0.1235');
  });
});

describe('tables', () => {
  test('columns align by display width and numbers to the right', () => {
    const text = renderTable(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        ['花の写真', '7'],
        ['daisy', '1,360'],
      ],
    );
    expect(text).toBe(
      ['name          n', '────────  ─────', '花の写真      7', 'daisy     1,360'].join('\n'),
    );
    expect(measureWidth('花')).toBe(2);
  });

  test("a file's name cannot rewrite the screen", () => {
    expect(renderTable([{ title: 'file' }], [['a\u001b[2Jb\n']])).toContain('a\\x1b[2Jb\\x0a');
  });
});

describe('progress', () => {
  function createStream(isTTY: boolean) {
    const written: string[] = [];
    return { isTTY, columns: 80, write: (text: string) => written.push(text), written };
  }

  test('the bar fills with the share and never overflows', () => {
    expect(renderBar(0)).not.toContain('━');
    expect(renderBar(2)).toBe('━'.repeat(24));
  });

  test('a terminal gets one line redrawn at most ten times a second', () => {
    const stream = createStream(true);
    const progress = new ProgressLine(stream);
    for (let ms = 0; ms < 1000; ms += 10) progress.update({ label: 'Reading', share: ms / 1000 }, ms);
    expect(stream.written.length).toBe(10);
    expect(stream.written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
  });

  test('a pipe gets whole lines, sparsely', () => {
    const stream = createStream(false);
    const progress = new ProgressLine(stream);
    for (let ms = 0; ms <= 60_000; ms += 1000) progress.update({ label: 'Reading', share: ms / 60_000 }, ms);
    expect(stream.written.length).toBe(5);
    expect(stream.written.every((text) => text.endsWith('\n') && !text.includes('\r'))).toBe(true);
  });
});
