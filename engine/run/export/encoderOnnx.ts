// An encoder as an ONNX model that turns raw pixels into features, with standard operators only, so that it runs in any
// plain onnxruntime without Thimble.
import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../../contract/config.ts';
import { encodeProgram } from '../../model/encodeProgram.ts';
import { encoderWeightSpecs } from '../../model/encoderWeights.ts';
import type { NamedTensors, Program } from '../../runtime/program.ts';
import { encodeOnnx } from '../../trace/encodeOnnx.ts';
import type { Graph } from '../../trace/graph.ts';
import { plainProvider } from '../../trace/provider.ts';
import { portNames, traceProgram } from '../../trace/traceProgram.ts';
import { imageNetMean, imageNetStd } from '../../data/normalization.ts';
import type { EncoderWeights } from './encoderSafetensors.ts';

/** [B, S, S, 3] bytes as floats → [B, 3, S, S], ImageNet-normalised. */
function normalizePixels(pixels: tf.Tensor): tf.Tensor {
  const scale = tf.tensor1d(imageNetStd.map((std) => 1 / (255 * std)));
  const shift = tf.tensor1d(imageNetMean.map((mean, channel) => -mean / imageNetStd[channel]!));
  return tf.transpose(tf.add(tf.mul(pixels, scale), shift), [0, 3, 1, 2]);
}

/** Mean and standard deviation over patches, side by side. tokens: [B, N, D]; returns [B, 2·D]. */
function poolTokens(tokens: tf.Tensor): tf.Tensor {
  const mean = tf.mean(tokens, 1, true);
  const deviation = tf.sqrt(tf.mean(tf.squaredDifference(tokens, mean), 1));
  return tf.concat([tf.squeeze(mean, [1]), deviation], 1);
}

function featureProgram(model: ModelConfig, weights: EncoderWeights, batchSize: number): Program {
  const last = model.depth - 1;
  const encode = encodeProgram(model, batchSize, { layers: [last] });
  return {
    name: 'thimble-encoder',
    inputs: [{ name: 'image', shape: [batchSize, model.imageSize, model.imageSize, 3], type: 'uint8' }],
    state: [],
    build: (inputs: NamedTensors) => {
      // Weights made from data inside a trace become the model's initialisers.
      const constants = encoderWeightSpecs(model).map(({ name, shape }) => {
        return [`encoder/${name}`, tf.tensor(weights[name]!, [...shape])] as const;
      });
      const images = normalizePixels(inputs['image']!);
      const tokens = encode.build({ images }, Object.fromEntries(constants)).outputs[`tokens.${last}`]!;
      return { state: {}, outputs: { tokens, features: poolTokens(tokens) } };
    },
  };
}

/** The graph with the names that its users see instead of the executor's port names. */
function withPlainPortNames(graph: Graph): Graph {
  for (const input of graph.inputs) {
    if (input.source.kind === 'input') {
      Object.assign(input.source, { name: input.source.name.slice(portNames.input('').length) });
    }
  }
  const outputs = graph.outputs.map(({ name, value }) => ({
    name: name.slice(portNames.output('').length),
    value,
  }));
  return { ...graph, outputs };
}

/**
 * The ONNX model's bytes. Input `image`: uint8 [B, S, S, 3], RGB rows from the top left, already resized and cropped to
 * S (shorter side to S · 256/224, then the centre). Outputs: `tokens` [B, N, D], the last block's layer-normalised
 * tokens, and `features` [B, 2·D], their mean and standard deviation over patches.
 */
export function exportEncoderOnnx(model: ModelConfig, weights: EncoderWeights, batchSize = 1): Uint8Array {
  const { graph } = traceProgram(featureProgram(model, weights, batchSize), plainProvider);
  return encodeOnnx(withPlainPortNames(graph));
}
