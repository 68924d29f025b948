// The transformer trunk that encoder and predictor share: positions, registers, blocks with the paper's residual.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig, FeedForwardKind } from '../contract/config.ts';
import { gridSide, patchCount } from '../contract/config.ts';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { attention } from '../nn/attention.ts';
import { mlpFeedForward, mlpWidth, swiGluFeedForward, swiGluWidth } from '../nn/feedForward.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Noise } from '../nn/noise.ts';
import { computePositionEmbedding } from '../nn/positions.ts';
import { gatherDistinctRows } from '../nn/gatherRows.ts';
import { weightOf } from './weightNames.ts';

/** Everything that fixes the shapes of one trunk. */
export interface TransformerShape {
  readonly depth: number;
  readonly embedDim: number;
  readonly numHeads: number;
  readonly gridSide: number;
  readonly numRegisterTokens: number;
  readonly feedForward: FeedForwardKind;
  /** F, the hidden width of the feed-forward layer; where it is 0 the layer contributes nothing. */
  readonly hiddenWidth: number;
}

/** A choice of tokens after which the last block computes nothing else; M for each image. */
export interface TokenChoice {
  /** int32 [B·M], rows of the sequence flattened to [B·L, D]. */
  readonly rows: Tensor;
  /** int32 [B·L], the place of each row in the choice, or B·M. */
  readonly inverse: Tensor;
}

export interface TrunkOptions {
  readonly noise: Noise;
  /** When given, the result has only these tokens. */
  readonly choice?: TokenChoice;
}

function shapeOfDepth(model: ModelConfig, depth: number): TransformerShape {
  return {
    depth,
    embedDim: model.embedDim,
    numHeads: model.numHeads,
    gridSide: gridSide(model),
    numRegisterTokens: model.numRegisterTokens,
    feedForward: model.feedForward,
    hiddenWidth:
      model.feedForward === 'swiglu' ? swiGluWidth(model.embedDim) : mlpWidth(model.embedDim, model.mlpRatio),
  };
}

/** Trunk of the context and target encoders. */
export function encoderShape(model: ModelConfig): TransformerShape {
  return shapeOfDepth(model, model.depth);
}

/** Trunk of the predictor: as wide as the encoder, predictorDepth blocks. */
export function predictorShape(model: ModelConfig): TransformerShape {
  return shapeOfDepth(model, model.predictorDepth);
}

/** L, the tokens of a sequence: registers, then patches. */
export function sequenceLength(model: ModelConfig): number {
  return model.numRegisterTokens + patchCount(model);
}

/** Weights of a trunk under their official names (q, k, v and the SwiGLU halves separate), in the official order. */
export function transformerWeightSpecs(shape: TransformerShape): TensorSpec[] {
  const { depth, embedDim: width, hiddenWidth: hidden, numRegisterTokens } = shape;
  const specs: TensorSpec[] = [];
  const add = (name: string, ...sides: number[]) => specs.push({ name, shape: sides, type: 'float32' });
  if (numRegisterTokens > 0) add('transformer.reg_embed', 1, numRegisterTokens, width);
  add('transformer.msk_embed', 1, 1, width);
  for (let index = 0; index < depth; index++) {
    const block = `transformer.blocks.${index}`;
    for (const part of ['q', 'k', 'v', 'proj']) add(`${block}.self_attn.${part}.weight`, width, width);
    const first = shape.feedForward === 'swiglu' ? ['w1', 'w2'] : ['linear1'];
    for (const part of first) add(`${block}.ffn_layer.${part}.weight`, hidden, width);
    add(`${block}.ffn_layer.last_linear.weight`, width, hidden);
  }
  return specs;
}

/**
 * Puts register tokens before the patch tokens and adds positions. tokens: [B, N, D]; returns [B, L, D], owned by the
 * caller.
 */
export function prepareTokens(
  tokens: Tensor,
  weights: NamedTensors,
  shape: TransformerShape,
  noise: Noise,
): Tensor {
  const { embedDim, numRegisterTokens: registers } = shape;
  const length = registers + shape.gridSide ** 2;
  const positions = tf.tensor3d(computePositionEmbedding(embedDim, shape.gridSide, registers), [
    1,
    length,
    embedDim,
  ]);
  let sequence = tokens;
  if (registers > 0) {
    const embedding = weightOf(weights, 'transformer.reg_embed');
    const repeated = tf.add(tf.zeros([tokens.shape[0]!, registers, embedDim]), embedding);
    sequence = tf.concat([repeated, tokens], 1);
  }
  return noise.dropout('positions', tf.add(sequence, positions));
}

function feedForward(
  x: Tensor,
  weights: NamedTensors,
  index: number,
  shape: TransformerShape,
  noise: Noise,
): Tensor {
  const weight = (part: string) => weightOf(weights, `transformer.blocks.${index}.ffn_layer.${part}.weight`);
  const last = weight('last_linear');
  if (shape.feedForward === 'swiglu') return swiGluFeedForward(x, weight('w1'), weight('w2'), last);
  return mlpFeedForward(x, weight('linear1'), last, noise, `blocks.${index}`);
}

/** [B, L, D] → [B, M, D] */
function chooseTokens(x: Tensor, choice: TokenChoice): Tensor {
  const [batch, , width] = x.shape as [number, number, number];
  const rows = gatherDistinctRows(tf.reshape(x, [-1, width]), choice.rows, choice.inverse);
  return tf.reshape(rows, [batch, -1, width]);
}

export interface BlockResult {
  readonly tokens: Tensor;
  /** [B, H, Lq, L] */
  readonly attention: Tensor;
}

/**
 * One block, with the paper's residual: y = attention(LN(x)); x = x + y; x = LN(x); x = x + feedForward(x). The second
 * sum starts from the normalised tokens. x: [B, L, D]; returns tokens [B, L, D], or [B, M, D] for a choice of M, owned
 * by the caller.
 */
export function transformerBlock(
  x: Tensor,
  weights: NamedTensors,
  index: number,
  shape: TransformerShape,
  { noise, choice }: TrunkOptions,
): BlockResult {
  const weight = (part: string) => weightOf(weights, `transformer.blocks.${index}.self_attn.${part}.weight`);
  const site = `blocks.${index}`;
  const normalised = layerNorm(x);
  const mixed = attention(
    choice ? chooseTokens(normalised, choice) : normalised,
    normalised,
    { query: weight('q'), key: weight('k'), value: weight('v'), projection: weight('proj') },
    { numHeads: shape.numHeads, noise, site },
  );
  const residual = choice ? chooseTokens(x, choice) : x;
  const middle = layerNorm(tf.add(residual, noise.depth(`${site}.attentionDepth`, mixed.tokens)));
  if (shape.hiddenWidth === 0) return { tokens: middle, attention: mixed.weights };
  const forward = feedForward(middle, weights, index, shape, noise);
  const tokens = tf.add(middle, noise.depth(`${site}.feedForwardDepth`, forward));
  return { tokens, attention: mixed.weights };
}

/**
 * All blocks, then the registers are dropped. tokens: [B, N, D]. Returns [B, N, D], or [B, M, D] for a choice of M,
 * owned by the caller.
 */
export function runTransformer(
  tokens: Tensor,
  weights: NamedTensors,
  shape: TransformerShape,
  { noise, choice }: TrunkOptions,
): Tensor {
  let x = prepareTokens(tokens, weights, shape, noise);
  for (let index = 0; index < shape.depth; index++) {
    const isLast = index === shape.depth - 1;
    x = transformerBlock(x, weights, index, shape, { noise, choice: isLast ? choice : undefined }).tokens;
  }
  return choice ? x : dropRegisters(x, shape);
}

/** [B, L, D] → [B, N, D] */
export function dropRegisters(x: Tensor, shape: TransformerShape): Tensor {
  const registers = shape.numRegisterTokens;
  return registers === 0 ? x : tf.slice(x, [0, registers, 0], [-1, -1, -1]);
}
