import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { gelu, silu, swiGate } from '../../../engine/nn/activation.ts';
import { mlpFeedForward, mlpWidth, swiGluFeedForward, swiGluWidth } from '../../../engine/nn/feedForward.ts';
import { affineLayerNorm, layerNorm } from '../../../engine/nn/layerNorm.ts';
import { linear } from '../../../engine/nn/linear.ts';
import { noNoise } from '../../../engine/nn/noise.ts';
import { smoothL1 } from '../../../engine/nn/smoothL1.ts';
import { expectClose, expectGradient, expectTidy, sampleTensor } from './tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('linear', () => {
  test('multiplies by the transposed weight and adds the bias', () => {
    const x = tf.tensor([1, 2, 3, 4], [1, 2, 2]);
    const weight = tf.tensor([1, 0, 0, 1, 1, 1], [3, 2]);
    const y = linear(x, weight, tf.tensor([10, 20, 30]));
    expect(y.shape).toEqual([1, 2, 3]);
    expectClose(y, [11, 22, 33, 13, 24, 37]);
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const inputs = [sampleTensor('x', [2, 3, 4]), sampleTensor('w', [5, 4]), sampleTensor('b', [5])];
    expectGradient((x, weight, bias) => linear(x!, weight!, bias), inputs);
    expectTidy((x, weight, bias) => linear(x!, weight!, bias), inputs);
  });
});

describe('layer normalisation', () => {
  test('centres and scales each row by its biased variance, epsilon 1e-5', () => {
    const y = layerNorm(tf.tensor2d([[1, 2, 3, 4]]));
    const inverse = 1 / Math.sqrt(1.25 + 1e-5);
    expectClose(
      y,
      [-1.5, -0.5, 0.5, 1.5].map((value) => value * inverse),
      1e-6,
    );
  });

  test('keeps a constant row at zero', () => {
    expectClose(layerNorm(tf.mul(tf.ones([2, 8]), 3.5)), new Float32Array(16));
  });

  test('has the gradient that finite differences show, and leaves nothing behind', () => {
    const inputs = [sampleTensor('x', [3, 8]), sampleTensor('w', [8]), sampleTensor('b', [8])];
    expectGradient((x, weight, bias) => affineLayerNorm(x!, weight!, bias!), inputs);
    expectTidy((x, weight, bias) => affineLayerNorm(x!, weight!, bias!), inputs);
  });
});

describe('activations', () => {
  test('silu, the SwiGLU gate and the exact gelu have their known values', () => {
    const x = tf.tensor1d([-1, 0, 1, 2]);
    expectClose(silu(x), [-0.26894142, 0, 0.73105858, 1.76159416], 1e-6);
    expectClose(swiGate(x, tf.tensor1d([2, 3, 4, 5])), [-0.53788284, 0, 2.92423432, 8.8079708], 1e-5);
    expectClose(gelu(x), [-0.15865525, 0, 0.84134475, 1.95449974], 1e-6);
  });

  test.each([
    ['silu', 1, (x: tf.Tensor) => silu(x)],
    ['swiGate', 2, (x: tf.Tensor, y: tf.Tensor) => swiGate(x, y)],
    ['gelu', 1, (x: tf.Tensor) => gelu(x)],
  ] as const)(
    '%s has the gradient that finite differences show, and leaves nothing behind',
    (_, count, apply) => {
      const inputs = ['a', 'b'].slice(0, count).map((name) => sampleTensor(name, [2, 9]));
      const f = apply as (...tensors: tf.Tensor[]) => tf.Tensor;
      expectGradient(f, inputs);
      expectTidy(f, inputs);
    },
  );
});

describe('feed-forward layers', () => {
  test('SwiGLU is 8/3 D wide, rounded to a multiple of 128 with halves to even', () => {
    expect([16, 24, 25, 32, 72, 192, 384, 768].map(swiGluWidth)).toEqual([
      0, 0, 128, 128, 256, 512, 1024, 2048,
    ]);
    expect(mlpWidth(384, 4)).toBe(1536);
  });

  test('have the gradient that finite differences show, and leave nothing behind', () => {
    const x = sampleTensor('x', [2, 3, 4]);
    const swiGlu = [x, sampleTensor('g', [6, 4]), sampleTensor('v', [6, 4]), sampleTensor('l', [4, 6])];
    expectGradient((a, g, v, l) => swiGluFeedForward(a!, g!, v!, l!), swiGlu, {
      step: 3e-3,
      tolerance: 1e-2,
    });
    expectTidy((a, g, v, l) => swiGluFeedForward(a!, g!, v!, l!), swiGlu);
    const mlp = [x, sampleTensor('f', [6, 4]), sampleTensor('l', [4, 6])];
    expectGradient((a, f, l) => mlpFeedForward(a!, f!, l!, noNoise, ''), mlp, {
      step: 3e-3,
      tolerance: 1e-2,
    });
    expectTidy((a, f, l) => mlpFeedForward(a!, f!, l!, noNoise, ''), mlp);
  });
});

describe('smooth L1', () => {
  test('is quadratic within 1 and linear beyond', () => {
    const distance = smoothL1(tf.tensor1d([0.5, -0.5, 1, 3, -3]), tf.zeros([5]));
    expectClose(distance, [0.125, 0.125, 0.5, 2.5, 2.5], 1e-6);
  });

  test('gives its gradient to the prediction only', () => {
    const target = sampleTensor('target', [3, 4]);
    expectGradient((prediction) => smoothL1(prediction!, target), [sampleTensor('p', [3, 4], 2)]);
    expectTidy((prediction) => smoothL1(prediction!, target), [sampleTensor('p', [3, 4])]);
    expect(() => tf.grad((t) => smoothL1(tf.zeros([3, 4]), t))(target)).toThrow(/Cannot compute gradient/);
  });
});
