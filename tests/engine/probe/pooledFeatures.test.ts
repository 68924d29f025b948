import { describe, expect, test } from 'vitest';
import {
  createPooledLayer,
  describeMeans,
  describeMeansAndSpreads,
  joinFeatureSets,
  poolTokens,
} from '../../../engine/probe/pooledFeatures.ts';

/** Two images of two tokens with two dimensions. */
const tokens = Float32Array.of(1, 10, 3, 30, 5, 7, 5, 9);

describe('pooled features', () => {
  test('are the mean and the standard deviation over the tokens of each image', () => {
    const pooled = createPooledLayer(2, 2, 2);
    poolTokens(pooled, tokens, 2, { first: 0, count: 2 });
    expect(Array.from(pooled.mean)).toEqual([2, 20, 5, 8]);
    expect(Array.from(pooled.deviation)).toEqual([1, 10, 0, 1]);
  });

  test('only the real images of a filled-up batch are kept, at their place', () => {
    const pooled = createPooledLayer(0, 3, 2);
    poolTokens(pooled, tokens, 2, { first: 2, count: 1 });
    expect(Array.from(pooled.mean)).toEqual([0, 0, 0, 0, 2, 20]);
  });

  test('name their layer as a person counts, and lie image by image', () => {
    const pooled = createPooledLayer(2, 2, 2);
    poolTokens(pooled, tokens, 2, { first: 0, count: 2 });
    expect(describeMeans(pooled, 6)).toEqual({
      name: 'mean of block 3 of 6',
      features: pooled.mean,
      dimensions: 2,
    });
    const both = describeMeansAndSpreads(pooled, 3);
    expect(both.name).toBe('mean and spread of the last block');
    expect(both.dimensions).toBe(4);
    expect(Array.from(both.features)).toEqual([2, 20, 1, 10, 5, 8, 0, 1]);
  });

  test('of several layers are joined image by image', () => {
    const means = { name: 'a', features: Float32Array.of(1, 2, 3, 4), dimensions: 2 };
    const more = { name: 'b', features: Float32Array.of(9, 8), dimensions: 1 };
    const joined = joinFeatureSets('both', [means, more]);
    expect(joined).toEqual({ name: 'both', features: Float32Array.of(1, 2, 9, 3, 4, 8), dimensions: 3 });
  });
});
