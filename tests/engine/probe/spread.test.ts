import { describe, expect, test } from 'vitest';
import { computeRankMe, measureSpread } from '../../../engine/probe/spread.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

function randomFeatures(n: number, d: number, scaleOf: (dimension: number) => number): Float32Array {
  const random = new CounterRandom(11);
  return Float32Array.from({ length: n * d }, (_, at) => 3 + scaleOf(at % d) * random.nextNormal());
}

describe('spread of features', () => {
  test("agrees with numpy's singular values and covariance on a small matrix", () => {
    const features = Float32Array.from({ length: 24 }, (_, at) => {
      const i = Math.floor(at / 4);
      const j = at % 4;
      return Math.sin(1 + i * 3 + j * 7 * (i + 1)) + (j === 0 ? 2 : 0);
    });
    const report = measureSpread(features, 4);
    expect(report.rankMe).toBeCloseTo(3.311684992908778, 5);
    expect(report.effectiveRank).toBeCloseTo(3.5004676010782467, 5);
    expect(report.meanStd).toBeCloseTo((0.61233211 + 0.71915924 + 0.67744486 + 0.68049367) / 4, 6);
    expect(report.minStd).toBeCloseTo(0.61233211, 6);
    expect(computeRankMe(features, 4)).toBe(report.rankMe);
  });

  test('independent dimensions of equal size spread over nearly all directions', () => {
    const report = measureSpread(
      randomFeatures(600, 20, () => 1),
      20,
    );
    expect(report.effectiveRank).toBeGreaterThan(19);
    expect(report.health).toBe('healthy');
    expect(report.words).toMatch(/^features spread over \d+ of 20 directions: healthy$/);
    expect(report.deadShare).toBe(0);
  });

  test('features that lie on a line are called collapsed', () => {
    const random = new CounterRandom(2);
    const features = new Float32Array(50 * 30);
    for (let i = 0; i < 50; i++) features.fill(random.nextNormal(), i * 30, i * 30 + 30);
    const report = measureSpread(features, 30);
    expect(report.effectiveRank).toBeCloseTo(1, 6);
    expect(report.health).toBe('collapsed');
    expect(report.words).toMatch(/^features spread over 1 of 30 directions: collapsed/);
  });

  test('identical features are called collapsed and give finite numbers', () => {
    const report = measureSpread(new Float32Array(40 * 8).fill(0.5), 8);
    expect(report).toMatchObject({ effectiveRank: 0, meanStd: 0, minStd: 0, health: 'collapsed' });
    expect(report.rankMe).toBeCloseTo(1, 9);
  });

  test('a few leading directions among many are called narrow', () => {
    const report = measureSpread(
      randomFeatures(400, 64, (j) => (j < 3 ? 12 : 0.003)),
      64,
    );
    expect(report.health).toBe('narrow');
    expect(report.deadShare).toBeCloseTo(61 / 64, 12);
  });

  test('fewer images than dimensions are measured through the images', () => {
    const report = measureSpread(
      randomFeatures(10, 50, () => 1),
      50,
    );
    expect(report.effectiveRank).toBeGreaterThan(7);
    expect(report.effectiveRank).toBeLessThanOrEqual(9.000001);
  });

  test('one image, broken rows and features that are not finite are refused', () => {
    expect(() => measureSpread(new Float32Array(8), 8)).toThrow(
      expect.objectContaining({ code: 'probe.impossible' }),
    );
    expect(() => measureSpread(new Float32Array(9), 8)).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
    expect(() => measureSpread(Float32Array.of(1, Number.NaN), 1)).toThrow(
      expect.objectContaining({ code: 'probe.impossible' }),
    );
  });
});
