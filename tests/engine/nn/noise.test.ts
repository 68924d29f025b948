import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import {
  noiseFromInputs,
  noiseInputSpecs,
  sampleKeepBytes,
  sampleNoise,
  type NoiseSite,
} from '../../../engine/nn/noise.ts';
import { expectClose, expectGradient, sampleTensor } from './tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

const sites: readonly NoiseSite[] = [
  { name: 'n/tokens', kind: 'dropout', shape: [2, 3], probability: 0.25 },
  { name: 'n/branch', kind: 'depth', shape: [2], probability: 0.5 },
];

describe('noise', () => {
  test('drops where the input says and scales the rest', () => {
    const inputs = { 'n/tokens': tf.tensor2d([1, 0, 1, 1, 1, 0], [2, 3]), 'n/branch': tf.tensor1d([0, 2]) };
    const noise = noiseFromInputs(sites, inputs, 'n/');
    expectClose(noise.dropout('tokens', tf.ones([2, 3])), [4 / 3, 0, 4 / 3, 4 / 3, 4 / 3, 0], 1e-6);
    expectClose(noise.depth('branch', tf.ones([2, 1, 2])), [0, 0, 2, 2]);
    expectGradient((x) => noise.dropout('tokens', x!), [sampleTensor('x', [2, 3])]);
  });

  test('leaves sites alone that do not exist', () => {
    const x = tf.ones([2, 3]);
    const noise = noiseFromInputs(sites, {}, 'n/');
    expect(noise.dropout('elsewhere', x)).toBe(x);
    expect(noise.depth('elsewhere', x)).toBe(x);
  });

  test('refuses a tensor of another shape than the site', () => {
    const noise = noiseFromInputs(sites, { 'n/tokens': tf.ones([2, 3]) }, 'n/');
    expect(() => noise.dropout('tokens', tf.ones([3, 2]))).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
  });

  test('bytes are zero with the given probability, one by one independent of their neighbours', () => {
    const count = 200_001;
    const bytes = sampleKeepBytes(count, 0.2, new CounterRandom(3, 'site', 0));
    expect(new Set(bytes)).toEqual(new Set([0, 1]));
    const dropped = count - bytes.reduce((sum, byte) => sum + byte, 0);
    expect(Math.abs(dropped / count - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / count));
    let together = 0;
    for (let index = 1; index < count; index++) if (bytes[index] === 0 && bytes[index - 1] === 0) together++;
    expect(Math.abs(together / count - 0.04)).toBeLessThan(5 * Math.sqrt((0.04 * 0.96) / count));
  });

  test('draws the same for the same seed and step, other numbers for others, as the inputs are declared', () => {
    const first = sampleNoise(sites, 7, 3);
    expect(sampleNoise(sites, 7, 3)).toEqual(first);
    const large: NoiseSite[] = [{ name: 'n/large', kind: 'dropout', shape: [64], probability: 0.5 }];
    expect(sampleNoise(large, 7, 3)).not.toEqual(sampleNoise(large, 7, 4));
    expect(sampleNoise(large, 7, 3)).not.toEqual(sampleNoise(large, 8, 3));
    expect(noiseInputSpecs(sites).map((spec) => spec.type)).toEqual(['uint8', 'float32']);
    expect(first['n/tokens']).toBeInstanceOf(Uint8Array);
    for (const factor of first['n/branch']!) expect([0, 2]).toContain(factor);
  });
});
