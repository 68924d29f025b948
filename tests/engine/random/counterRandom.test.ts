import { describe, expect, test } from 'vitest';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

function drawUniforms(random: CounterRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.nextUniform());
}

describe('CounterRandom', () => {
  test('the same coordinates draw the same numbers', () => {
    expect(drawUniforms(new CounterRandom(7, 'crop', 3), 5)).toEqual(
      drawUniforms(new CounterRandom(7, 'crop', 3), 5),
    );
  });

  test('drawing by position equals drawing in order', () => {
    const random = new CounterRandom(1, 'a');
    const inOrder = Array.from({ length: 10 }, () => random.nextUint32());
    expect(Array.from({ length: 10 }, (_, position) => new CounterRandom(1, 'a').uint32At(position))).toEqual(
      inOrder,
    );
  });

  test('neighbouring seeds, sites and steps give uncorrelated streams', () => {
    const base = drawUniforms(new CounterRandom(1, 'mask', 10), 20_000);
    for (const other of [
      new CounterRandom(2, 'mask', 10),
      new CounterRandom(1, 'mask', 11),
      new CounterRandom(1, 'masl', 10),
    ]) {
      const draws = drawUniforms(other, 20_000);
      const covariance =
        base.reduce((sum, value, i) => sum + (value - 0.5) * (draws[i]! - 0.5), 0) / base.length;
      // Standard error of the correlation of 20,000 independent pairs is 0.007.
      expect(Math.abs(covariance * 12)).toBeLessThan(0.03);
    }
  });

  test('uniform draws fill 256 bins evenly', () => {
    const random = new CounterRandom(42);
    const bins = new Int32Array(256);
    const draws = 256_000;
    for (let i = 0; i < draws; i++) bins[Math.floor(random.nextUniform() * 256)]!++;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    expect(chiSquare).toBeGreaterThan(160);
    expect(chiSquare).toBeLessThan(350);
  });

  test('normal draws have mean 0 and variance 1', () => {
    const random = new CounterRandom(3, 'normal');
    const values = Array.from({ length: 50_000 }, () => random.nextNormal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  test('a permutation holds every integer once and differs between epochs', () => {
    const first = new CounterRandom(5, 'epoch', 0).nextPermutation(100);
    const second = new CounterRandom(5, 'epoch', 1).nextPermutation(100);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...first]).not.toEqual([...second]);
  });
});
