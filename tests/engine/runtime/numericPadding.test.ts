// Convolutions padded by a number, on a backend that refuses them: the same values as one that knows how.
import '@tensorflow/tfjs-backend-cpu';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { allowNumericPadding } from '../../../engine/runtime/numericPadding.ts';
import { withBackend } from '../../../engine/trace/traceProgram.ts';

const strict = 'strict';

/** tfjs's own kernels, which here refuse what tfjs-node's do. */
function registerStrictBackend(): void {
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({
      ...kernel,
      backendName: strict,
      kernelFunc(params) {
        if (typeof params.attrs?.['pad'] === 'number')
          throw new Error(`${kernel.kernelName}: padding was NUMBER`);
        return kernel.kernelFunc(params);
      },
    });
  }
  tf.registerBackend(strict, () => new MathBackendCPU());
}

const fill = (shape: readonly number[], seed: number) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(seed + index));

interface Case {
  readonly stride: number;
  readonly padding: number;
  readonly kernel: number;
  readonly depthwise: boolean;
}

/** The output and both gradients of a convolution of a 7 × 8 image. */
function convolve({ stride, padding, kernel, depthwise }: Case): number[][] {
  const x = tf.tensor4d(fill([2, 7, 8, 3], 1), [2, 7, 8, 3]);
  const filter = tf.tensor4d(fill([kernel, kernel, 3, 2], 2), [kernel, kernel, 3, 2]);
  const apply = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  const loss = (image: tf.Tensor, weights: tf.Tensor) =>
    tf.sum(tf.square(apply(image as tf.Tensor4D, weights as tf.Tensor4D, stride, padding))) as tf.Scalar;
  const { value, grads } = tf.valueAndGrads(loss)([x, filter]);
  return [apply(x, filter, stride, padding), value, ...grads].map((tensor) => [...tensor.dataSync()]);
}

const on = (name: string, each: Case) => withBackend(name, () => tf.tidy(() => convolve(each)));

const cases: readonly Case[] = [
  { stride: 1, padding: 1, kernel: 3, depthwise: false },
  { stride: 2, padding: 1, kernel: 3, depthwise: false },
  { stride: 2, padding: 3, kernel: 7, depthwise: false },
  { stride: 1, padding: 0, kernel: 1, depthwise: false },
  { stride: 2, padding: 1, kernel: 3, depthwise: true },
];

describe('padding by a number', () => {
  beforeAll(() => {
    registerStrictBackend();
    expect(() => on(strict, cases[0]!)).toThrow('padding was NUMBER');
    allowNumericPadding(strict);
  });

  test.each(cases)('gives output and gradients: %o', (each) => {
    const [expected, actual] = [on('cpu', each), on(strict, each)];
    expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    for (const [index, values] of actual.entries()) {
      values.forEach((value, place) => expect(value).toBeCloseTo(expected[index]![place]!, 3));
    }
  });

  test('leaves no tensor behind, and other paddings alone', () => {
    const run = () =>
      withBackend(strict, () => {
        const [x, filter] = [tf.ones([1, 4, 4, 1]) as tf.Tensor4D, tf.ones([3, 3, 1, 1]) as tf.Tensor4D];
        const before = tf.memory().numTensors;
        const sizes = [1, 'same', 'valid'].map((pad) => {
          const output = tf.conv2d(x, filter, 1, pad as number);
          const [size] = [output.shape[1], output.dispose()];
          return size;
        });
        expect(tf.memory().numTensors).toBe(before);
        tf.dispose([x, filter]);
        return sizes;
      });
    expect(run()).toEqual([4, 4, 2]);
  });
});
