// The same encoder trained with labels from scratch: no masks, layer-normalised tokens averaged, one linear layer.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../contract/config.ts';
import type { NamedTensors, Program, TensorSpec } from '../runtime/program.ts';
import { encodeImages } from '../model/encoder.ts';
import { encoderWeightSpecs, sampleEncoderWeights } from '../model/encoderWeights.ts';
import { transformerNoiseSites } from '../model/noiseSites.ts';
import { encoderShape } from '../model/transformer.ts';
import { weightOf, withPrefix, withoutPrefix } from '../model/weightNames.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import { linear } from '../nn/linear.ts';
import type { Noise, NoiseSite } from '../nn/noise.ts';
import { noiseFromInputs, noiseInputSpecs, noNoise } from '../nn/noise.ts';
import {
  classifierInputSpecs,
  classifierStateSpecs,
  classifierStep,
  prefixWeights,
} from './classifierProgram.ts';

/** Sizes that the supervised programs are built for. */
export interface SupervisedLayout {
  readonly model: ModelConfig;
  readonly classCount: number;
  readonly batchSize: number;
}

const encoderPrefix = 'context/';
const classifierWeight = 'classifier/weight';
const classifierBias = 'classifier/bias';
const noisePrefix = 'noise/supervised/';

/** The encoder's weights but the mask embedding, which an unmasked image never meets, and the classifier's. */
function weightSpecs({ model, classCount }: SupervisedLayout): TensorSpec[] {
  const encoder = encoderWeightSpecs(model).filter(({ name }) => name !== 'transformer.msk_embed');
  return [
    ...prefixWeights(encoder, encoderPrefix),
    { name: classifierWeight, shape: [classCount, model.embedDim], type: 'float32' },
    { name: classifierBias, shape: [classCount], type: 'float32' },
  ];
}

function imageSpec({ model, batchSize }: SupervisedLayout): TensorSpec {
  const { inChannels, imageSize } = model;
  return { name: 'images', shape: [batchSize, inChannels, imageSize, imageSize], type: 'float32' };
}

/** Where the encoder drops elements while it trains: as in pretraining. */
export function supervisedNoiseSites({ model, batchSize }: SupervisedLayout): NoiseSite[] {
  return transformerNoiseSites(model, encoderShape(model), { prefix: noisePrefix, batchSize });
}

/** Initial weights: the encoder's official initialisation (the random-weights row's), a classifier of zeros. */
export function sampleSupervisedState(layout: SupervisedLayout, seed: number): Record<string, Float32Array> {
  const sampled: Record<string, Float32Array> = {
    ...withPrefix(sampleEncoderWeights(layout.model, seed), encoderPrefix),
    [classifierWeight]: new Float32Array(layout.classCount * layout.model.embedDim),
    [classifierBias]: new Float32Array(layout.classCount),
  };
  return Object.fromEntries(weightSpecs(layout).map(({ name }) => [name, sampled[name]!]));
}

/** images [B, C, S, S] → logits [B, classes]. */
function computeLogits(model: ModelConfig, images: Tensor, weights: NamedTensors, noise: Noise): Tensor {
  const tokens = encodeImages(model, withoutPrefix(weights, encoderPrefix), images, { noise });
  const pooled = tf.mean(layerNorm(tokens), 1); // [B, D]
  return linear(pooled, weightOf(weights, classifierWeight), weightOf(weights, classifierBias));
}

/**
 * One supervised training step. Inputs `images` [B, C, S, S] (normalised), `targets` [B, classes], dropout decisions and
 * AdamW's numbers; state `context/<name>`, `classifier/weight`, `classifier/bias` with their moments; output `loss` [1].
 */
export function supervisedProgram(layout: SupervisedLayout): Program {
  const sites = supervisedNoiseSites(layout);
  const trainable = weightSpecs(layout);
  return {
    name: 'train supervised',
    inputs: [
      imageSpec(layout),
      ...classifierInputSpecs(layout.batchSize, layout.classCount),
      ...noiseInputSpecs(sites),
    ],
    state: classifierStateSpecs(trainable),
    build: (inputs, state) => {
      const noise = noiseFromInputs(sites, inputs, noisePrefix);
      return classifierStep(trainable, inputs, state, (weights) =>
        computeLogits(layout.model, inputs['images']!, weights, noise),
      );
    },
  };
}

/** Scores images: input `images` [B, C, S, S], state as in training without moments, output `logits` [B, classes]. */
export function supervisedScoreProgram(layout: SupervisedLayout): Program {
  return {
    name: 'score supervised',
    inputs: [imageSpec(layout)],
    state: weightSpecs(layout),
    build: (inputs, state) => ({
      state: {},
      outputs: { logits: computeLogits(layout.model, inputs['images']!, state, noNoise) },
    }),
  };
}
