// What every layer's test does: values, finite-difference gradients, and that nothing is left behind.
import { expect } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

export type TensorFunction = (...inputs: Tensor[]) => Tensor;

/** Standard normal values, the same for the same name. */
export function sampleTensor(name: string, shape: readonly number[], scale = 1): Tensor {
  const random = new CounterRandom('test', name);
  const count = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length: count }, () => scale * random.nextNormal());
  return tf.tensor(values, [...shape]);
}

/** Compares elementwise within an absolute tolerance. */
export function expectClose(
  actual: Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  const values = actual instanceof tf.Tensor ? actual.dataSync() : actual;
  expect(values.length).toBe(expected.length);
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(values[index]! - expected[index]!);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Σ f(inputs) · weights with fixed weights, so that every output element matters differently. */
function scalarOf(f: TensorFunction): (...inputs: Tensor[]) => tf.Scalar {
  return (...inputs) => {
    const value = f(...inputs);
    return tf.sum(tf.mul(value, sampleTensor('weights of the sum', value.shape)));
  };
}

/**
 * Compares the gradient of f by every input with central differences at up to `probes` elements of each.
 * Tolerance: absolute, on a gradient whose elements are of the order of 1.
 */
export function expectGradient(
  f: TensorFunction,
  inputs: Tensor[],
  { step = 1e-2, tolerance = 5e-3, probes = 24 } = {},
): void {
  const scalar = scalarOf(f);
  const gradients = tf.grads(scalar)(inputs);
  inputs.forEach((input, which) => {
    const analytic = gradients[which]!.dataSync();
    const values = input.dataSync();
    const stride = Math.max(1, Math.floor(values.length / probes));
    for (let element = 0; element < values.length; element += stride) {
      const shifted = (by: number) =>
        tf.tidy(() => {
          const moved = Float32Array.from(values);
          moved[element] = moved[element]! + by;
          const all = inputs.map((other, index) => (index === which ? tf.tensor(moved, input.shape) : other));
          return scalar(...all).dataSync()[0]!;
        });
      const numeric = (shifted(step) - shifted(-step)) / (2 * step);
      expect(Math.abs(numeric - analytic[element]!), `input ${which}, element ${element}`).toBeLessThan(
        tolerance * Math.max(1, Math.abs(numeric)),
      );
    }
  });
}

/** f's value is all that remains after a tidy, and its gradients all that remain after theirs. */
export function expectTidy(f: TensorFunction, inputs: Tensor[]): void {
  const before = tf.memory().numTensors;
  const value = tf.tidy(() => f(...inputs));
  expect(tf.memory().numTensors - before).toBe(1);
  value.dispose();
  const gradients = tf.tidy(() => tf.grads(scalarOf(f))(inputs));
  expect(tf.memory().numTensors - before).toBe(inputs.length);
  gradients.forEach((gradient) => gradient.dispose());
  expect(tf.memory().numTensors).toBe(before);
}
