// The multi-head attentive head: several learned importances for each token, each pooling its own part of projected
// tokens, then a small network.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { affineLayerNorm } from '../../nn/layerNorm.ts';
import { linear } from '../../nn/linear.ts';
import { sampleFanInUniform } from '../../nn/sampleWeights.ts';
import { weightOf } from '../../model/weightNames.ts';
import { countOf, headDropout, spec } from './attentiveHead.ts';
import type { AttentiveHead } from './attentiveHead.ts';

/** The layer normalisations among the head's layers. */
const normalisations = ['head_projectors.2', 'global_2_logits.2'];

export const multiHeadHead: AttentiveHead = {
  id: 'multihead',
  officialName: 'multihead_attentive',
  weightSpecs: ({ embedDim: width, numClasses, numHeads }) => [
    spec('patch_importance.1.weight', numHeads, width),
    spec('patch_importance.1.bias', numHeads),
    spec('head_projectors.1.weight', width, width),
    spec('head_projectors.1.bias', width),
    spec('head_projectors.2.weight', width),
    spec('head_projectors.2.bias', width),
    spec('global_2_logits.1.weight', width, width),
    spec('global_2_logits.1.bias', width),
    spec('global_2_logits.2.weight', width),
    spec('global_2_logits.2.bias', width),
    spec('global_2_logits.4.weight', numClasses, width),
    spec('global_2_logits.4.bias', numClasses),
  ],
  noiseSites: ({ embedDim, numHeads }, { batchSize, tokenCount, prefix }) => {
    const site = (name: string, ...shape: number[]) =>
      ({ name: prefix + name, kind: 'dropout', shape, probability: headDropout }) as const;
    return [
      site('projectedTokens', batchSize, tokenCount, embedDim),
      site('importanceTokens', batchSize, tokenCount, embedDim),
      site('importance', batchSize, numHeads, tokenCount),
    ];
  },
  sampleWeight: ({ name, shape }, fanIn, random) => {
    if (normalisations.some((layer) => name.startsWith(layer))) {
      return new Float32Array(countOf(shape)).fill(name.endsWith('.weight') ? 1 : 0);
    }
    return sampleFanInUniform(countOf(shape), fanIn, random);
  },
  computeLogits: (tokens, weights, { numHeads }, noise) => {
    const [batch, count, width] = tokens.shape as [number, number, number];
    const layer = (name: string) =>
      [weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`)] as const;
    const projected = affineLayerNorm(
      linear(noise.dropout('projectedTokens', tokens), ...layer('head_projectors.1')),
      ...layer('head_projectors.2'),
    );
    const values = tf.transpose(
      tf.reshape(projected, [batch, count, numHeads, width / numHeads]),
      [0, 2, 1, 3],
    );
    const scores = linear(noise.dropout('importanceTokens', tokens), ...layer('patch_importance.1')); // [B, N, H]
    const importance = noise.dropout('importance', tf.softmax(tf.transpose(scores, [0, 2, 1]))); // [B, H, N]
    const pooled = tf.matMul(tf.expandDims(importance, 2), values); // [B, H, 1, D/H]
    const hidden = affineLayerNorm(
      linear(silu(tf.reshape(pooled, [batch, width])), ...layer('global_2_logits.1')),
      ...layer('global_2_logits.2'),
    );
    return linear(silu(hidden), ...layer('global_2_logits.4'));
  },
};
