// Reading what people type as numbers, and where values lie on sliders.
import { describe, expect, test } from 'vitest';
import {
  describeRange,
  plainDecimal,
  readNumber,
  stepNumber,
  writeNumber,
} from '../../../renderer/widgets/numberText.ts';
import { fromPosition, sliderSteps, toPosition } from '../../../renderer/widgets/sliderScale.ts';

describe('typed numbers', () => {
  test('assistive attributes get digits alone, however small the number', () => {
    expect(plainDecimal(1e-8)).toBe('0.00000001');
    expect(plainDecimal(4_294_967_295)).toBe('4294967295');
    expect(plainDecimal(null)).toBeUndefined();
  });

  test('decimal commas, thousands, exponents and the true minus sign are understood', () => {
    expect(readNumber('0,05', {}).value).toBe(0.05);
    expect(readNumber('12,000', {}).value).toBe(12_000);
    expect(readNumber('1,234.5', {}).value).toBe(1234.5);
    expect(readNumber(' 1 360 ', {}).value).toBe(1360);
    expect(readNumber('1e-4', {}).value).toBe(0.0001);
    expect(readNumber('−3', {}).value).toBe(-3);
  });

  test('each mistake has its own reason', () => {
    expect(readNumber('', {}).problem).toBe('A number is needed here.');
    expect(readNumber('twelve', {}).problem).toBe('"twelve" is not a number.');
    expect(readNumber('2.5', { integer: true }).problem).toBe('This must be a whole number.');
    expect(readNumber('0', { min: 1 }).problem).toBe('The least possible is 1.');
    expect(readNumber('2', { max: 1 }).problem).toBe('The most possible is 1.');
  });

  test('an empty optional field is a value', () => {
    expect(readNumber(' ', { optional: true })).toEqual({ value: null });
  });

  test('steps stay inside the limits and free of binary dust', () => {
    expect(stepNumber(0.2, 0.1, 1, {})).toBe(0.3);
    expect(stepNumber(1, 0.5, 1, { max: 1 })).toBe(1);
    expect(stepNumber(null, 1, -1, { min: 4 })).toBe(4);
  });

  test('what is written can be read again', () => {
    for (const value of [0.1 + 0.2, 1e-7, 123_456, -4]) {
      expect(readNumber(writeNumber(value), {}).value).toBeCloseTo(value, 10);
    }
    expect(writeNumber(0.1 + 0.2)).toBe('0.3');
  });

  test('a range reads as words', () => {
    expect(describeRange({ min: 0, max: 1 })).toBe('0 to 1');
    expect(describeRange({ min: 1 })).toBe('at least 1');
    expect(describeRange({ max: 9 })).toBe('at most 9');
    expect(describeRange({})).toBeUndefined();
  });
});

describe('slider scale', () => {
  const minutes = { min: 5, max: 480, log: true };

  test('the ends are exactly the limits, on both scales', () => {
    for (const scale of [minutes, { min: 0, max: 1, log: false }]) {
      expect(fromPosition(0, scale)).toBe(scale.min);
      expect(fromPosition(sliderSteps, scale)).toBe(scale.max);
      expect(toPosition(scale.min, scale)).toBe(0);
      expect(toPosition(scale.max * 2, scale)).toBe(sliderSteps);
    }
  });

  test('equal factors are equal distances on the log scale', () => {
    const distance = (from: number, to: number) => toPosition(to, minutes) - toPosition(from, minutes);
    expect(Math.abs(distance(10, 20) - distance(100, 200))).toBeLessThanOrEqual(1);
  });

  test('values round to two digits, or to the step', () => {
    expect(fromPosition(100, minutes)).toBe(49);
    expect(fromPosition(100, minutes, 5)).toBe(50);
  });
});
