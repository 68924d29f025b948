import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../../engine/runtime/program.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { scottTokenizer } from '../../../engine/model/scottTokenizer.ts';
import { computeVisibleMaps, visibleMapSpecs, type GridLayout } from '../../../engine/model/visibleMaps.ts';
import {
  cutVisiblePixels,
  tokenizeVisiblePatches,
  visiblePixelSpec,
} from '../../../engine/model/visibleTokenizer.ts';
import { expectClose, expectTidy, sampleTensor } from '../nn/tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

const weights = {
  'tokenizer.tokenizer.0.weight': sampleTensor('first', [64, 3, 7, 7], 0.1),
  'tokenizer.tokenizer.3.weight': sampleTensor('second', [4, 64, 7, 7], 0.03),
};
const names = Object.keys(weights);

function inputsOf(images: tf.Tensor, keepMasks: Uint8Array, layout: GridLayout): NamedTensors {
  const maps = computeVisibleMaps(keepMasks, layout);
  const pixelSpec = visiblePixelSpec(layout, 3);
  const pixels = cutVisiblePixels(images.dataSync() as Float32Array, keepMasks, layout, 3);
  const inputs: Record<string, tf.Tensor> = {
    [pixelSpec.name]: tf.tensor(pixels, [...pixelSpec.shape]),
  };
  for (const { name, shape } of visibleMapSpecs(layout)) {
    const map = maps[name.slice('visible/'.length) as keyof typeof maps];
    inputs[name] = tf.tensor(map, [...shape], 'int32');
  }
  return inputs;
}

function sampleMasks(batchSize: number, gridSide: number, share: number): Uint8Array {
  const random = new CounterRandom(5, batchSize, gridSide);
  return Uint8Array.from({ length: batchSize * gridSide * gridSide }, () =>
    random.nextUniform() < share ? 1 : 0,
  );
}

/** Tokens of both forms at visible patches, and the gradients of both by the weights. */
function compare(keepMasks: Uint8Array, batchSize: number, gridSide: number): void {
  const count = gridSide * gridSide;
  const visible = [...keepMasks.keys()].filter((place) => keepMasks[place] === 1);
  const layout = { batchSize, gridSide, visibleCount: visible.length };
  const images = sampleTensor('images', [batchSize, 3, gridSide * 16, gridSide * 16]);
  const inputs = inputsOf(images, keepMasks, layout);
  const keepMask = tf.tensor(Float32Array.from(keepMasks), [batchSize, count]);
  const named = (tensors: tf.Tensor[]) =>
    Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
  const dense = (...tensors: tf.Tensor[]) => {
    const tokens = tf.reshape(scottTokenizer(images, named(tensors), keepMask), [batchSize * count, 4]);
    return tf.gather(tokens, tf.tensor1d(visible, 'int32'));
  };
  const sparse = (...tensors: tf.Tensor[]) => tokenizeVisiblePatches(inputs, named(tensors));
  const values = Object.values(weights);
  expectClose(sparse(...values), dense(...values).dataSync(), 1e-5);
  const direction = sampleTensor('direction', [visible.length, 4]);
  const gradientsOf = (f: (...tensors: tf.Tensor[]) => tf.Tensor) =>
    tf.grads((...tensors: tf.Tensor[]) => tf.sum(tf.mul(f(...tensors), direction)) as tf.Scalar)(values);
  const expected = gradientsOf(dense);
  gradientsOf(sparse).forEach((gradient, index) => {
    const scale = tf.max(tf.abs(expected[index]!)).dataSync()[0]!;
    expect(scale).toBeGreaterThan(0);
    expectClose(gradient, expected[index]!.dataSync(), 1e-5 * scale);
  });
}

describe('the tokenizer of visible patches', () => {
  test.each([
    ['scattered patches', 2, 4, 0.4],
    ['nearly all patches', 1, 3, 0.9],
  ])('equals the masked tokenizer in tokens and gradients: %s', (_, batchSize, gridSide, share) => {
    compare(sampleMasks(batchSize, gridSide, share), batchSize, gridSide);
  });

  test('equals it at the map’s borders, where the pool’s map ends and the blur pads', () => {
    compare(Uint8Array.of(1, 0, 0, 1), 1, 2);
    compare(Uint8Array.of(1, 1, 1, 1), 1, 2);
    compare(Uint8Array.of(0, 0, 1, 0, 0, 0, 1, 0, 0), 1, 3);
  });

  test('gives a flat region’s gradient to the same pixels', () => {
    // Equal neighbours everywhere: which of them wins the maximum is a matter of order alone.
    const keepMasks = Uint8Array.of(1, 1, 0, 1);
    const layout = { batchSize: 1, gridSide: 2, visibleCount: 3 };
    const images = tf.mul(tf.ones([1, 3, 32, 32]), 0.7);
    const inputs = inputsOf(images, keepMasks, layout);
    const [first, second] = Object.values(weights) as [tf.Tensor, tf.Tensor];
    const keepMask = tf.tensor2d([[1, 1, 0, 1]]);
    const dense = tf.grad((weight: tf.Tensor) =>
      tf.sum(scottTokenizer(images, { [names[0]!]: weight, [names[1]!]: second }, keepMask)),
    )(first);
    const sparse = tf.grad((weight: tf.Tensor) =>
      tf.sum(tokenizeVisiblePatches(inputs, { [names[0]!]: weight, [names[1]!]: second })),
    )(first);
    expectClose(sparse, dense.dataSync(), 1e-4);
  });

  test('leaves nothing behind', () => {
    const keepMasks = Uint8Array.of(1, 0, 0, 1);
    const images = sampleTensor('images', [1, 3, 32, 32]);
    const inputs = inputsOf(images, keepMasks, { batchSize: 1, gridSide: 2, visibleCount: 2 });
    expectTidy(
      (...tensors) => tokenizeVisiblePatches(inputs, { [names[0]!]: tensors[0]!, [names[1]!]: tensors[1]! }),
      Object.values(weights),
    );
  });
});

describe('the masked tokenizer', () => {
  test('gives zero tokens at dropped patches, and the others do not depend on dropped pixels', () => {
    const keepMask = tf.tensor2d([[1, 0, 1, 0]]);
    const images = sampleTensor('images', [1, 3, 32, 32]);
    const hidden = tf.tensor4d(
      Float32Array.from({ length: 3 * 32 * 32 }, (_, index) => (index % 32 >= 16 ? 5 : 0)),
      [1, 3, 32, 32],
    );
    const tokens = scottTokenizer(images, weights, keepMask);
    const changed = scottTokenizer(tf.add(images, hidden), weights, keepMask);
    expectClose(changed, tokens.dataSync(), 0);
    const rows = tokens.arraySync() as number[][][];
    expect(rows[0]![1]).toEqual([0, 0, 0, 0]);
    expect(Math.max(...rows[0]![0]!.map(Math.abs))).toBeGreaterThan(0);
  });
});
