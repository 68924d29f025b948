// The simple attentive head: one learned importance for each token, their softmax-weighted mean, one linear layer.
import * as tf from '@tensorflow/tfjs-core';
import { linear } from '../../nn/linear.ts';
import { sampleFanInUniform } from '../../nn/sampleWeights.ts';
import { weightOf } from '../../model/weightNames.ts';
import { countOf, headDropout, spec } from './attentiveHead.ts';
import type { AttentiveHead } from './attentiveHead.ts';

export const simpleHead: AttentiveHead = {
  id: 'simple',
  officialName: 'simple_attentive',
  weightSpecs: ({ embedDim, numClasses }) => [
    spec('patch_importance.1.weight', 1, embedDim),
    spec('patch_importance.1.bias', 1),
    spec('global_2_logits.weight', numClasses, embedDim),
    spec('global_2_logits.bias', numClasses),
  ],
  noiseSites: ({ embedDim }, { batchSize, tokenCount, prefix }) => [
    {
      name: `${prefix}importanceTokens`,
      kind: 'dropout',
      shape: [batchSize, tokenCount, embedDim],
      probability: headDropout,
    },
    {
      name: `${prefix}importance`,
      kind: 'dropout',
      shape: [batchSize, tokenCount],
      probability: headDropout,
    },
  ],
  sampleWeight: ({ shape }, fanIn, random) => sampleFanInUniform(countOf(shape), fanIn, random),
  computeLogits: (tokens, weights, _shape, noise) => {
    const [batch, count, width] = tokens.shape as [number, number, number];
    const weight = (name: string) => weightOf(weights, name);
    const dropped = noise.dropout('importanceTokens', tokens);
    const scores = linear(dropped, weight('patch_importance.1.weight'), weight('patch_importance.1.bias'));
    const importance = noise.dropout('importance', tf.softmax(tf.reshape(scores, [batch, count])));
    const pooled = tf.matMul(tf.reshape(importance, [batch, 1, count]), tokens); // [B, 1, D]
    return linear(
      tf.reshape(pooled, [batch, width]),
      weight('global_2_logits.weight'),
      weight('global_2_logits.bias'),
    );
  },
};
