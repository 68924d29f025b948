import { describe, expect, test } from 'vitest';
import { CounterRandom } from '../../../../engine/random/counterRandom.ts';
import { computeMeanInterval } from '../../../../engine/run/measure/meanInterval.ts';

/** Share of experiments whose interval holds the true mean, 100; neighbours resemble each other by `memory`. */
function measureCoverage(count: number, memory: number): number {
  const random = new CounterRandom(3, 'coverage', count, memory * 10);
  const experiments = 3_000;
  let covered = 0;
  for (let experiment = 0; experiment < experiments; experiment++) {
    let deviation = random.nextNormal();
    const values = Array.from({ length: count }, () => {
      deviation = memory * deviation + Math.sqrt(1 - memory ** 2) * random.nextNormal();
      return 100 + 5 * deviation;
    });
    const { least, most } = computeMeanInterval(values);
    if (least <= 100 && 100 <= most) covered++;
  }
  return covered / experiments;
}

describe('the interval of a mean', () => {
  test('of independent values is Student’s, or a little wider', () => {
    const { mean, least, most } = computeMeanInterval([10, 12, 9, 11, 10, 8, 12, 9, 11, 8]);
    expect(mean).toBe(10);
    // Student: 10 ± 2.262 · 1.491 / √10.
    expect(most - mean).toBeGreaterThanOrEqual(1.066);
    expect(most - mean).toBeLessThan(1.5);
    expect(mean - least).toBeCloseTo(most - mean, 10);
  });

  test.each([
    [20, 0],
    [20, 0.3],
    [20, 0.6],
    [5, 0],
  ])(
    'of %i steps whose neighbours correlate by %d holds the mean about as often as it says',
    (count, memory) => {
      const coverage = measureCoverage(count, memory);
      expect(coverage).toBeGreaterThan(memory > 0.5 ? 0.88 : 0.93);
      expect(coverage).toBeLessThan(0.995);
    },
  );

  test('is wider for steps that come in runs than for the same steps mixed', () => {
    const runs = [...Array<number>(10).fill(100), ...Array<number>(10).fill(120)];
    const mixed = runs.map((_, index) => (index % 2 === 0 ? 100 : 120));
    const width = (values: readonly number[]) =>
      computeMeanInterval(values).most - computeMeanInterval(values).least;
    expect(width(runs)).toBeGreaterThan(2 * width(mixed));
  });

  test('of one value is that value; of equal values, that value; never below zero', () => {
    expect(computeMeanInterval([7])).toEqual({ mean: 7, least: 7, most: 7 });
    expect(computeMeanInterval([7, 7, 7])).toEqual({ mean: 7, least: 7, most: 7 });
    expect(computeMeanInterval([1, 30]).least).toBe(0);
  });
});
