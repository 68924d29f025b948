import { beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { paperConfig, type ModelConfig } from '../../../engine/contract/config.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { noNoise, sampleNoise, noiseFromInputs } from '../../../engine/nn/noise.ts';
import { encodeImages, encodeVisiblePatches } from '../../../engine/model/encoder.ts';
import { encodeProgram } from '../../../engine/model/encodeProgram.ts';
import { encoderWeightSpecs, sampleEncoderWeights } from '../../../engine/model/encoderWeights.ts';
import { transformerNoiseSites } from '../../../engine/model/noiseSites.ts';
import { cutVisiblePatches } from '../../../engine/model/patchEmbedding.ts';
import { samplePredictorWeights } from '../../../engine/model/predictorWeights.ts';
import { encoderShape, runTransformer } from '../../../engine/model/transformer.ts';
import { withPrefix } from '../../../engine/model/weightNames.ts';
import { expectClose, sampleTensor } from '../nn/tensorChecks.ts';

beforeAll(() => tf.setBackend('cpu'));

const model: ModelConfig = {
  ...paperConfig.model,
  tokenizer: 'vit',
  imageSize: 24,
  patchSize: 8,
  embedDim: 32,
  depth: 2,
  numRegisterTokens: 2,
  predictorDepth: 1,
};

function weightsOf(config: ModelConfig, seed = 1): Record<string, tf.Tensor> {
  const values = sampleEncoderWeights(config, seed);
  return Object.fromEntries(
    encoderWeightSpecs(config).map(({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])]),
  );
}

describe('the encoder', () => {
  test('from visible patches alone equals the encoder with a keep mask, for the patch embedding too', () => {
    const weights = { ...weightsOf(model), 'transformer.msk_embed': sampleTensor('mask', [1, 1, 32]) };
    const images = sampleTensor('images', [2, 3, 24, 24]);
    const keepMasks = Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0);
    const masked = encodeImages(model, weights, images, {
      keepMask: tf.tensor(Float32Array.from(keepMasks), [2, 9]),
    });
    const kept = [...keepMasks.keys()].filter((place) => keepMasks[place] === 1);
    const dropped = [...keepMasks.keys()].filter((place) => keepMasks[place] === 0);
    const patches = cutVisiblePatches(model, images.dataSync() as Float32Array, keepMasks);
    const source = [...keepMasks.keys()].map((place) =>
      keepMasks[place] ? kept.indexOf(place) : kept.length,
    );
    const visible = encodeVisiblePatches(
      model,
      weights,
      { 'visible/patches': tf.tensor(patches, [6, 192]) },
      {
        noise: noNoise,
        placement: {
          source: tf.tensor1d(source, 'int32'),
          tokenPlaces: tf.tensor1d(kept, 'int32'),
          fillerPlaces: tf.tensor1d(dropped, 'int32'),
        },
      },
    );
    expectClose(visible, masked.dataSync(), 1e-5);
  });

  test('computes chosen tokens equal to the same tokens of the whole', () => {
    const weights = weightsOf(model);
    const images = sampleTensor('images', [2, 3, 24, 24]);
    const whole = encodeImages(model, weights, images); // [2, 9, 32]
    const chosen = [
      [1, 4],
      [0, 8],
    ];
    const rows = chosen.flatMap((places, image) => places.map((place) => image * 11 + 2 + place));
    const inverse = new Int32Array(22).fill(4);
    rows.forEach((row, index) => (inverse[row] = index));
    const some = encodeImages(model, weights, images, {
      choice: { rows: tf.tensor1d(rows, 'int32'), inverse: tf.tensor1d(inverse, 'int32') },
    });
    expect(some.shape).toEqual([2, 2, 32]);
    const expected = chosen.flatMap((places, image) =>
      places.map((place) => tf.slice(whole, [image, place, 0], [1, 1, 32])),
    );
    expectClose(some, tf.concat(expected, 0).dataSync(), 1e-5);
  });

  test('draws different noise at every site and none where the probability is 0', () => {
    const shape = encoderShape(model);
    const layout = { prefix: 'n/', batchSize: 2 };
    const sites = transformerNoiseSites(model, shape, layout);
    expect(sites.map((site) => site.name)).toEqual([
      'n/positions',
      'n/blocks.0.attention',
      'n/blocks.0.projection',
      'n/blocks.1.attention',
      'n/blocks.1.projection',
      'n/blocks.1.attentionDepth',
      'n/blocks.1.feedForwardDepth',
    ]);
    expect(sites.at(-1)!.probability).toBeCloseTo(0.1);
    const still = { ...model, dropout: 0, attentionDropout: 0, stochasticDepth: 0 };
    expect(transformerNoiseSites(still, shape, layout)).toEqual([]);
    const tokens = sampleTensor('tokens', [2, 9, 32]);
    const draws = [0, 1].map((step) => {
      const values = sampleNoise(sites, 1, step);
      const inputs = Object.fromEntries(
        sites.map((site) => [site.name, tf.tensor(Float32Array.from(values[site.name]!), [...site.shape])]),
      );
      return runTransformer(tokens, weightsOf(model), shape, { noise: noiseFromInputs(sites, inputs, 'n/') });
    });
    const difference = tf.max(tf.abs(tf.sub(draws[0]!, draws[1]!))).dataSync()[0]!;
    expect(difference).toBeGreaterThan(0.1);
  });

  test('ignores pixels beyond the last whole patch', () => {
    const config = { ...model, imageSize: 26 };
    const images = sampleTensor('large', [1, 3, 26, 26]);
    const cropped = tf.slice(images as tf.Tensor4D, [0, 0, 0, 0], [1, 3, 24, 24]);
    const expected = encodeImages(model, weightsOf(model), cropped);
    expectClose(encodeImages(config, weightsOf(config), images), expected.dataSync(), 1e-6);
  });
});

describe('the encode program', () => {
  const run = (options: Parameters<typeof encodeProgram>[2]) => {
    const images = sampleTensor('images', [2, 3, 24, 24]);
    const program = encodeProgram(model, 2, options);
    return program.build({ images }, withPrefix(weightsOf(model), 'encoder/')).outputs;
  };

  test('returns each asked layer, layer-normalised, and the last attention over all tokens', () => {
    const outputs = run({ layers: ['tokenizer', 0, 1], attention: true });
    expect(Object.keys(outputs).sort()).toEqual(['attention', 'tokens.0', 'tokens.1', 'tokens.tokenizer']);
    expect(outputs['attention']!.shape).toEqual([2, 4, 11, 11]);
    for (const name of ['tokens.tokenizer', 'tokens.0', 'tokens.1']) {
      expect(outputs[name]!.shape).toEqual([2, 9, 32]);
      const variance = tf.moments(outputs[name]!, -1).variance.dataSync();
      for (const value of variance) expect(value).toBeCloseTo(1, 3);
    }
  });

  test('computes no deeper than asked', () => {
    expect(Object.keys(run({ layers: ['tokenizer'] }))).toEqual(['tokens.tokenizer']);
  });

  test('refuses a layer that the model lacks', () => {
    expect(() => encodeProgram(model, 2, { layers: [2] })).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    );
  });

  test('leaves nothing behind but its outputs', () => {
    const images = sampleTensor('images', [2, 3, 24, 24]);
    const state = withPrefix(weightsOf(model), 'encoder/');
    const before = tf.memory().numTensors;
    tf.tidy(() => encodeProgram(model, 2, { layers: [0, 1] }).build({ images }, state).outputs);
    expect(tf.memory().numTensors - before).toBe(2);
  });
});

describe('initial weights', () => {
  const deviation = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

  test('follow the official initialisation by layer', () => {
    const config = { ...paperConfig.model, imageSize: 96, embedDim: 128, depth: 3, predictorDepth: 2 };
    const encoder = sampleEncoderWeights(config, 3);
    expect(deviation(encoder['tokenizer.tokenizer.0.weight']!)).toBeCloseTo(Math.sqrt(2 / 147), 2);
    expect(deviation(encoder['transformer.blocks.2.self_attn.q.weight']!)).toBeCloseTo(0.02, 3);
    expect(deviation(encoder['transformer.blocks.2.self_attn.proj.weight']!)).toBeCloseTo(
      0.02 / Math.sqrt(6),
      3,
    );
    expect(deviation(encoder['transformer.msk_embed']!)).toBeLessThan(2e-6);
    const predictor = samplePredictorWeights(config, 3);
    const scale = Math.sqrt(2 * 2) * Math.sqrt(2 * (3 + 2));
    expect(deviation(predictor['transformer.blocks.1.ffn_layer.last_linear.weight']!)).toBeCloseTo(
      0.02 / scale,
      4,
    );
    expect(deviation(predictor['head.2.weight']!)).toBeCloseTo(1 / Math.sqrt(3 * 128), 2);
    expect(new Set(predictor['head.1.weight'])).toEqual(new Set([1]));
    expect(new Set(predictor['head.1.bias'])).toEqual(new Set([0]));
  });

  test('are the same for the same seed and others for another', () => {
    expect(sampleEncoderWeights(model, 5)).toEqual(sampleEncoderWeights(model, 5));
    const other = sampleEncoderWeights(model, 6);
    expect(sampleEncoderWeights(model, 5)['tokenizer.proj.weight']).not.toEqual(
      other['tokenizer.proj.weight'],
    );
    const first = new CounterRandom(5, 'initial', 'encoder', 'tokenizer.proj.bias').nextUint32();
    expect(first).not.toBe(new CounterRandom(5, 'initial', 'predictor', 'tokenizer.proj.bias').nextUint32());
  });
});
