import { describe, expect, test } from 'vitest';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import {
  sampleFanInUniform,
  sampleKaimingNormal,
  sampleTruncatedNormal,
} from '../../../engine/nn/sampleWeights.ts';

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('initial weights', () => {
  const random = () => new CounterRandom(1, 'weights');

  test('have the deviations of their PyTorch namesakes', () => {
    const count = 40_000;
    expect(deviation(sampleTruncatedNormal(count, 0.02, random()))).toBeCloseTo(0.02, 3);
    expect(deviation(sampleKaimingNormal(count, 147, random()))).toBeCloseTo(Math.sqrt(2 / 147), 2);
    expect(deviation(sampleFanInUniform(count, 16, random()))).toBeCloseTo(0.25 / Math.sqrt(3), 2);
  });

  test('are cut off at ±2 and at the uniform bound', () => {
    const wide = sampleTruncatedNormal(20_000, 1.5, random());
    expect(Math.max(...wide.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(Math.max(...wide)).toBeGreaterThan(1.9);
    expect(Math.max(...sampleFanInUniform(20_000, 16, random()).map(Math.abs))).toBeLessThanOrEqual(0.25);
  });
});
