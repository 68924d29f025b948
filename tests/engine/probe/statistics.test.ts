import { describe, expect, test } from 'vitest';
import { computeAccuracyIntervals, createTop1Statistic } from '../../../engine/probe/accuracyInterval.ts';
import { bootstrapInterval, computeUnits } from '../../../engine/probe/bootstrap.ts';
import {
  computeNormalCdf,
  computeNormalQuantile,
  computeWilsonInterval,
} from '../../../engine/probe/normalDistribution.ts';
import { adjustHolm, computeGroupSwapP, computeMcNemar } from '../../../engine/probe/pairedTests.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

const alone = (count: number) => computeUnits(Array.from({ length: count }, () => null));

function scoredShare(n: number, right: number) {
  return Array.from({ length: n }, (_, i) => ({ label: i % 4, predicted: i < right ? i % 4 : (i + 1) % 4 }));
}

describe('normal distribution', () => {
  test('agrees with scipy.stats.norm', () => {
    expect(computeNormalCdf(-3)).toBeCloseTo(0.0013498980316300933, 14);
    expect(computeNormalCdf(0.5)).toBeCloseTo(0.6914624612740131, 14);
    expect(computeNormalQuantile(0.025)).toBeCloseTo(-1.959963984540054, 10);
    expect(computeNormalQuantile(0.999)).toBeCloseTo(3.090232306167813, 9);
    expect(computeNormalQuantile(0)).toBeCloseTo(-8, 6);
  });

  test("Wilson's interval agrees with scipy.stats.binomtest", () => {
    const [low, high] = computeWilsonInterval(17, 20);
    expect(low).toBeCloseTo(0.6395811352592431, 10);
    expect(high).toBeCloseTo(0.9476312541037835, 10);
    expect(computeWilsonInterval(20, 20)).toEqual([expect.closeTo(0.8388748419471808, 10), 1]);
    expect(computeWilsonInterval(0, 50)).toEqual([0, expect.closeTo(0.07134759913335872, 10)]);
  });
});

describe('bootstrap interval', () => {
  test('agrees with the BCa interval of scipy.stats.bootstrap on a skewed sample', () => {
    const values = [0.2, 1.5, 0.3, 4.1, 0.9, 2.2, 0.1, 0.4, 7.3, 1.1, 0.6, 3.0];
    const mean = (weights: Int32Array) =>
      values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / weights.reduce((a, b) => a + b, 0);
    const whenConstant = () => [0, 0] as const;
    const interval = bootstrapInterval(
      mean,
      { kind: 'images', count: 12 },
      { seed: 1, draws: 20_000, whenConstant },
    );
    // scipy with 200,000 draws: 0.9583 to 3.4917; 20,000 draws leave about 0.03 of sampling error.
    expect(Math.abs(interval.low - 0.9583)).toBeLessThan(0.05);
    expect(Math.abs(interval.high - 3.4917)).toBeLessThan(0.15);
    expect(interval.method).toEqual({ kind: 'bca', draws: 20_000, resampled: 'images', units: 12 });
  });

  test('agrees with scipy on a share of 33 out of 40', () => {
    const { top1 } = computeAccuracyIntervals(scoredShare(40, 33), alone(40), 3);
    expect(Math.abs(top1.low - 0.675)).toBeLessThan(0.026);
    expect(Math.abs(top1.high - 0.925)).toBeLessThan(0.026);
  });

  test('is the same for the same seed and differs for another', () => {
    const scored = scoredShare(150, 100);
    expect(computeAccuracyIntervals(scored, alone(150), 3)).toEqual(
      computeAccuracyIntervals(scored, alone(150), 3),
    );
    expect(computeAccuracyIntervals(scored, alone(150), 3).balanced.low).not.toBe(
      computeAccuracyIntervals(scored, alone(150), 4).balanced.low,
    );
  });

  test('does not claim certainty when every image is right: Wilson takes over', () => {
    const { top1, balanced } = computeAccuracyIntervals(scoredShare(20, 20), alone(20), 1);
    expect(top1.low).toBeCloseTo(0.8388748419471808, 6);
    expect(top1.high).toBe(1);
    expect(top1.method.kind).toBe('wilson');
    expect(balanced.low).toBe(top1.low);
  });

  test.each([
    [60, 0.7],
    [120, 0.92],
  ])('covers the truth about 95 times in 100 (n = %i, accuracy %f)', (n, truth) => {
    const trials = 400;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const random = new CounterRandom(trial, 'coverage', n);
      const right = Float64Array.from({ length: n }, () => (random.nextUniform() < truth ? 1 : 0));
      const share = (weights: Int32Array) =>
        weights.reduce((sum, weight, i) => sum + weight * right[i]!, 0) / n;
      const { low, high } = bootstrapInterval(
        share,
        { kind: 'images', count: n },
        {
          seed: trial,
          draws: 1000,
          whenConstant: (estimate, units) => computeWilsonInterval(estimate * units, units),
        },
      );
      if (low <= truth && truth <= high) covered++;
    }
    // Two standard errors of 400 trials are 2.2 points; the bootstrap itself may be 1 to 2 points short at this size.
    expect(covered / trials).toBeGreaterThan(0.91);
    expect(covered / trials).toBeLessThan(0.985);
  });

  test('with groups covers the truth where treating images as independent does not', () => {
    const trials = 150;
    let coveredByGroups = 0;
    let coveredByImages = 0;
    const whenConstant = () => [0, 1] as const;
    for (let trial = 0; trial < trials; trial++) {
      const random = new CounterRandom(trial, 'groups');
      // 40 patients with 5 images each; a patient is easy (all right) or hard (all wrong).
      const isRight = Array.from({ length: 40 }, () => random.nextUniform() < 0.7);
      const scored = Array.from({ length: 200 }, (_, i) => ({
        label: 0,
        predicted: isRight[Math.floor(i / 5)] ? 0 : 1,
      }));
      const groups = computeUnits(Array.from({ length: 200 }, (_, i) => `patient ${Math.floor(i / 5)}`));
      const [byGroups, byImages] = [groups, alone(200)].map((units) =>
        bootstrapInterval(createTop1Statistic(scored, units), units, {
          seed: trial,
          draws: 1000,
          whenConstant,
        }),
      );
      if (byGroups!.low <= 0.7 && 0.7 <= byGroups!.high) coveredByGroups++;
      if (byImages!.low <= 0.7 && 0.7 <= byImages!.high) coveredByImages++;
    }
    expect(coveredByGroups / trials).toBeGreaterThan(0.88);
    expect(coveredByImages / trials).toBeLessThan(0.75);
  });

  test('ungrouped images are units of their own beside groups', () => {
    const units = computeUnits(['p1', null, 'p1', null, 'p2']);
    expect(units).toEqual({ kind: 'groups', count: 4, unitOf: Int32Array.of(0, 1, 0, 2, 3) });
    expect(computeUnits(['a', 'b', null]).kind).toBe('images');
  });
});

describe('paired tests', () => {
  test.each([
    [150, 86, 3.7159361395713866e-5, 2.893389517615428e-5],
    [8, 18, 0.07551869750022888, 0.05223898589611052],
    [5, 0, 0.0625, 0.03125],
    [0, 0, 1, 1],
    [3, 3, 1, 1],
    [1, 9, 0.021484375, 0.01171875],
    [40, 60, 0.05688793364098089, 0.04604406692934291],
  ])(
    "McNemar's p for %i against %i changed images agrees with scipy's binomial test",
    (b, c, exact, midP) => {
      const p = computeMcNemar(b, c);
      expect(Math.abs(p.exact / exact - 1)).toBeLessThan(1e-9);
      expect(Math.abs(p.midP / midP - 1)).toBeLessThan(1e-9);
    },
  );

  test('thousands of changed images do not underflow', () => {
    const { exact } = computeMcNemar(4000, 4000 + 180);
    // Normal approximation: z = 180/√8180 = 1.990, with continuity correction 1.979.
    expect(exact).toBeGreaterThan(0.045);
    expect(exact).toBeLessThan(0.05);
  });

  test('swapping groups of one image agrees with McNemar', () => {
    const differences = [
      ...Array.from({ length: 18 }, () => 1),
      ...Array.from({ length: 8 }, () => -1),
      0,
      0,
    ];
    expect(Math.abs(computeGroupSwapP(differences, 5) - computeMcNemar(18, 8).exact)).toBeLessThan(0.01);
  });

  test('swapping groups does not count ten images of one patient as ten witnesses', () => {
    expect(computeMcNemar(20, 0).exact).toBeLessThan(1e-5);
    expect(computeGroupSwapP([10, 10], 5)).toBeGreaterThan(0.4);
  });

  test("McNemar's exact test rejects at most 5 times in 100 where both are equally good", () => {
    let exactRejections = 0;
    let midRejections = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const random = new CounterRandom(trial, 'null');
      let gained = 0;
      for (let i = 0; i < 40; i++) gained += random.nextUniform() < 0.5 ? 1 : 0;
      const p = computeMcNemar(gained, 40 - gained);
      if (p.exact < 0.05) exactRejections++;
      if (p.midP < 0.05) midRejections++;
    }
    expect(exactRejections / 2000).toBeLessThan(0.05);
    expect(midRejections).toBeGreaterThanOrEqual(exactRejections);
    expect(midRejections / 2000).toBeLessThan(0.065);
  });

  test("Holm's correction equals the textbook one and never exceeds 1", () => {
    expect(adjustHolm([0.01, 0.04, 0.03, 0.005])).toEqual([
      expect.closeTo(0.03, 12),
      expect.closeTo(0.06, 12),
      expect.closeTo(0.06, 12),
      expect.closeTo(0.02, 12),
    ]);
    expect(adjustHolm([0.9, 0.8])).toEqual([1, 1]);
    expect(adjustHolm([])).toEqual([]);
  });
});
