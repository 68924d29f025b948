// The cross-attentive head: one learned query attends to the tokens through a transformer block, then a linear layer.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attention } from '../../nn/attention.ts';
import { swiGluFeedForward, swiGluWidth } from '../../nn/feedForward.ts';
import { affineLayerNorm } from '../../nn/layerNorm.ts';
import { linear } from '../../nn/linear.ts';
import { sampleTruncatedNormal } from '../../nn/sampleWeights.ts';
import { weightOf } from '../../model/weightNames.ts';
import { countOf, headDropout, spec } from './attentiveHead.ts';
import type { AttentiveHead } from './attentiveHead.ts';

const block = 'attentive_pooler.cross_attn_block';
const initialDeviation = 0.02;

export const crossHead: AttentiveHead = {
  id: 'cross',
  officialName: 'cross_attentive',
  weightSpecs: ({ embedDim: width, numClasses }) => {
    const hidden = swiGluWidth(width);
    return [
      spec('attentive_pooler.query_tokens', 1, 1, width),
      spec(`${block}.pre_norm.weight`, width),
      spec(`${block}.pre_norm.bias`, width),
      ...['q', 'k', 'v', 'proj'].map((part) => spec(`${block}.cross_attn.${part}.weight`, width, width)),
      spec(`${block}.norm.weight`, width),
      spec(`${block}.norm.bias`, width),
      spec(`${block}.ffn_layer.w1.weight`, hidden, width),
      spec(`${block}.ffn_layer.w2.weight`, hidden, width),
      spec(`${block}.ffn_layer.last_linear.weight`, width, hidden),
      spec('norm.weight', width),
      spec('norm.bias', width),
      spec('linear.weight', numClasses, width),
      spec('linear.bias', numClasses),
    ];
  },
  noiseSites: ({ embedDim, numHeads }, { batchSize, tokenCount, prefix }) => {
    const site = (name: string, ...shape: number[]) =>
      ({ name: prefix + name, kind: 'dropout', shape, probability: headDropout }) as const;
    return [
      site('pooler.attention', batchSize, numHeads, 1, tokenCount),
      site('pooler.projection', batchSize, 1, embedDim),
    ];
  },
  sampleWeight: ({ name, shape }, _fanIn, random) => {
    const count = countOf(shape);
    if (name.endsWith('.bias')) return new Float32Array(count);
    if (name.endsWith('norm.weight')) return new Float32Array(count).fill(1);
    return sampleTruncatedNormal(count, initialDeviation, random);
  },
  computeLogits: (tokens, weights, { numHeads }, noise) => {
    const [batch, , width] = tokens.shape as [number, number, number];
    const weight = (name: string) => weightOf(weights, name);
    const normalise = (x: Tensor, layer: string) =>
      affineLayerNorm(x, weight(`${layer}.weight`), weight(`${layer}.bias`));
    const query = tf.add(tf.zeros([batch, 1, width]), weight('attentive_pooler.query_tokens'));
    const part = (name: string) => weight(`${block}.cross_attn.${name}.weight`);
    const pooled = attention(
      query,
      normalise(tokens, `${block}.pre_norm`),
      { query: part('q'), key: part('k'), value: part('v'), projection: part('proj') },
      { numHeads, noise, site: 'pooler' },
    );
    let x = normalise(tf.add(query, pooled.tokens), `${block}.norm`); // [B, 1, D]
    if (swiGluWidth(width) > 0) {
      const layer = (name: string) => weight(`${block}.ffn_layer.${name}.weight`);
      x = tf.add(x, swiGluFeedForward(x, layer('w1'), layer('w2'), layer('last_linear')));
    }
    const final = normalise(tf.reshape(x, [batch, width]), 'norm');
    return linear(final, weight('linear.weight'), weight('linear.bias'));
  },
};
