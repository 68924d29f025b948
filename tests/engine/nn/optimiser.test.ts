import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import {
  adamWUpdate,
  computeAdamWInputs,
  finiteFactor,
  globalNorm,
  weightDecays,
} from '../../../engine/nn/adamW.ts';
import { movingAverage } from '../../../engine/nn/movingAverage.ts';
import { expectClose } from './tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

function scalarsOf(step: number, lr: number, weightDecay: number) {
  const values = computeAdamWInputs(step, lr, weightDecay, constants);
  return {
    lr: tf.tensor1d(values['lr']!),
    weightDecay: tf.tensor1d(values['weightDecay']!),
    correction1: tf.tensor1d(values['adamCorrection1']!),
    correction2: tf.tensor1d(values['adamCorrection2']!),
    finite: tf.tensor1d([1]),
  };
}

/** AdamW as its paper states it, in double precision. */
function textbook(weight: number, gradients: readonly number[], lr: number, decay: number): number {
  let [w, m, v] = [weight, 0, 0];
  gradients.forEach((gradient, index) => {
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient ** 2;
    const [mHat, vHat] = [m / (1 - 0.9 ** (index + 1)), v / (1 - 0.999 ** (index + 1))];
    w = w * (1 - lr * decay) - (lr * mHat) / (Math.sqrt(vHat) + 1e-8);
  });
  return w;
}

function repeat(gradients: readonly number[], lr: number, decay: number, decays: boolean): number {
  let state = {
    weight: tf.tensor1d([0.7]) as tf.Tensor,
    firstMoment: tf.zeros([1]),
    secondMoment: tf.zeros([1]),
  };
  gradients.forEach((gradient, step) => {
    const parameter = { ...state, gradient: tf.tensor1d([gradient]), decays };
    state = adamWUpdate(parameter, scalarsOf(step, lr, decay), constants) as typeof state;
  });
  return state.weight.dataSync()[0]!;
}

describe('AdamW', () => {
  test('moves as the textbook says over several steps, with and without decay', () => {
    const gradients = [0.3, -0.1, 0.02, 0.4];
    expectClose([repeat(gradients, 0.01, 0.1, true)], [textbook(0.7, gradients, 0.01, 0.1)], 1e-6);
    expectClose([repeat(gradients, 0.01, 0.1, false)], [textbook(0.7, gradients, 0.01, 0)], 1e-6);
  });

  test('does not move at a learning rate of 0, even where a gradient is 0', () => {
    expect(repeat([0, 0.5], 0, 0.1, true)).toBeCloseTo(0.7, 6);
  });

  test('decays neither biases nor one-dimensional tensors', () => {
    expect(weightDecays('predictor/head.2.weight', [4, 4])).toBe(true);
    expect(weightDecays('predictor/head.1.weight', [4])).toBe(false);
    expect(weightDecays('tokenizer.proj.bias', [4])).toBe(false);
    expect(weightDecays('context/transformer.msk_embed', [1, 1, 4])).toBe(true);
  });

  test('makes everything it writes not a number when a gradient is not finite, and changes nothing otherwise', () => {
    for (const bad of [NaN, Infinity]) {
      const finite = finiteFactor(globalNorm([tf.tensor1d([1, bad]), tf.tensor1d([2])]));
      const parameter = {
        weight: tf.ones([1]),
        gradient: tf.ones([1]),
        firstMoment: tf.ones([1]),
        secondMoment: tf.ones([1]),
        decays: false,
      };
      const update = adamWUpdate(parameter, { ...scalarsOf(0, 0.1, 0), finite }, constants);
      for (const tensor of Object.values(update)) expect(tensor.dataSync()[0]).toBeNaN();
      expect(movingAverage(tf.ones([1]), tf.ones([1]), tf.tensor1d([0.5]), finite).dataSync()[0]).toBeNaN();
    }
    expect(finiteFactor(globalNorm([tf.tensor1d([3, 4])])).dataSync()[0]).toBe(1);
    expect(globalNorm([tf.tensor1d([3]), tf.tensor2d([[4]])]).dataSync()[0]).toBe(5);
  });
});

test('the moving average keeps a share of momentum', () => {
  const average = movingAverage(tf.tensor1d([1, 2]), tf.tensor1d([3, 6]), tf.tensor1d([0.75]), tf.ones([1]));
  expectClose(average, [1.5, 3], 1e-6);
});
