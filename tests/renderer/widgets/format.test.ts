// What numbers, durations and dates read like on screen.
import { describe, expect, test } from 'vitest';
import * as format from '../../../renderer/widgets/format.ts';

describe('numbers', () => {
  test('group thousands, take a true minus sign and never show a negative zero', () => {
    expect(format.formatNumber(1360)).toBe('1,360');
    expect(format.formatNumber(-1234.56, 1)).toBe('−1,234.6');
    expect(format.formatNumber(-0.0001, 2)).toBe('0');
    expect(format.formatFixed(-0.0001, 2)).toBe('0.00');
    expect(format.formatFixed(3, 2)).toBe('3.00');
  });

  test('a missing or non-finite number is a dash', () => {
    for (const value of [null, undefined, Number.NaN, Infinity]) {
      expect(format.formatNumber(value)).toBe('–');
      expect(format.formatFixed(value, 1)).toBe('–');
      expect(format.formatPercent(value)).toBe('–');
      expect(format.formatPoints(value)).toBe('–');
      expect(format.formatBytes(value)).toBe('–');
      expect(format.formatDuration(value)).toBe('–');
      expect(format.formatSignificant(value)).toBe('–');
    }
  });

  test('very small and very large numbers take a power of ten', () => {
    expect(format.formatSignificant(0.00042)).toBe('4.2e−4');
    expect(format.formatSignificant(-12_345_678)).toBe('−1.23e7');
    expect(format.formatSignificant(0.5678)).toBe('0.568');
    expect(format.formatSignificant(0)).toBe('0');
  });

  test('shares read as percent, with their interval, and differences as signed points', () => {
    expect(format.formatPercent(0.746)).toBe('74.6 %');
    expect(format.formatPercent(1, 0)).toBe('100 %');
    expect(format.formatInterval(0.746, 0.691, 0.794)).toBe('74.6 % (69.1 to 79.4)');
    expect(format.formatPoints(0.061)).toBe('+6.1 points');
    expect(format.formatPoints(-0.032)).toBe('−3.2 points');
    expect(format.formatPoints(0.0001)).toBe('0.0 points');
  });

  test('counts agree with their noun', () => {
    expect(format.formatCount(1, 'image')).toBe('1 image');
    expect(format.formatCount(0, 'image')).toBe('0 images');
    expect(format.formatCount(1360, 'image')).toBe('1,360 images');
    expect(format.formatCount(17, 'class')).toBe('17 classes');
    expect(format.formatCount(2, 'index', 'indices')).toBe('2 indices');
  });

  test('sizes use decimal units and roll over before 1,000', () => {
    expect(format.formatBytes(0)).toBe('0 B');
    expect(format.formatBytes(999)).toBe('999 B');
    expect(format.formatBytes(999_999)).toBe('1 MB');
    expect(format.formatBytes(84_300_000)).toBe('84.3 MB');
    expect(format.formatBytes(123_456_789)).toBe('123 MB');
    expect(format.formatBytes(5e15)).toBe('5,000 TB');
  });
});

describe('times', () => {
  test('a duration shows its two largest units', () => {
    expect(format.formatDuration(40_000)).toBe('40 s');
    expect(format.formatDuration(59_700)).toBe('1 min');
    expect(format.formatDuration(22 * 60_000)).toBe('22 min');
    expect(format.formatDuration(190 * 60_000)).toBe('3 h 10 min');
    expect(format.formatDuration(3 * 3_600_000)).toBe('3 h');
    expect(format.formatDuration(52 * 3_600_000)).toBe('2 d 4 h');
    expect(format.formatDuration(-5)).toBe('0 s');
  });

  test('time left says so in words, also when nobody knows', () => {
    expect(format.formatTimeLeft(22 * 60_000)).toBe('22 min left');
    expect(format.formatTimeLeft(300)).toBe('almost done');
    expect(format.formatTimeLeft(null)).toBe('time left not known yet');
  });

  test('dates and times read the same everywhere', () => {
    const moment = new Date(2026, 2, 5, 14, 7);
    expect(format.formatDate(moment)).toBe('5 Mar 2026');
    expect(format.formatTime(moment)).toBe('14:07');
    expect(format.formatDateTime(moment)).toBe('5 Mar 2026, 14:07');
    expect(format.formatDate('not a date')).toBe('–');
  });

  test('the recent past is told in words, the rest by its day', () => {
    const now = new Date(2026, 2, 5, 14, 7).getTime();
    expect(format.formatAgo(now - 20_000, now)).toBe('just now');
    expect(format.formatAgo(now - 5 * 60_000, now)).toBe('5 min ago');
    expect(format.formatAgo(now - 26 * 3_600_000, now)).toBe('1 day ago');
    expect(format.formatAgo(now - 10 * 86_400_000, now)).toBe('23 Feb 2026');
  });
});

test('a long path keeps its beginning and its end and never exceeds its room', () => {
  const path = '/home/mara/field/2026/orchids/images/dactylorhiza';
  expect(format.shortenPath(path, 100)).toBe(path);
  const short = format.shortenPath(path, 24);
  expect(short).toHaveLength(24);
  expect(short.startsWith('/home/')).toBe(true);
  expect(short.endsWith('dactylorhiza')).toBe(true);
});

test('labels start with a capital, names of their own kind do not change', () => {
  expect(format.capitalise('linear probe')).toBe('Linear probe');
  expect(format.capitalise('random weights: kNN')).toBe('Random weights: kNN');
  expect(format.capitalise('kNN')).toBe('kNN');
  expect(format.capitalise('')).toBe('');
});
