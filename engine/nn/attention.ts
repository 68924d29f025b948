// Multi-head attention; self-attention is the case where queries and keys come from the same tokens.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { EngineError } from '../contract/errors.ts';
import { linear } from './linear.ts';
import type { Noise } from './noise.ts';

export interface AttentionWeights {
  /** Each [D, D], no bias. */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly projection: Tensor;
}

export interface AttentionOptions {
  readonly numHeads: number;
  readonly noise: Noise;
  /** Prefix of the two noise sites, `<site>.attention` and `<site>.projection`. */
  readonly site: string;
}

export interface AttentionResult {
  /** [B, Lq, D] */
  readonly tokens: Tensor;
  /** Softmax weights before dropout, [B, H, Lq, Lk]. */
  readonly weights: Tensor;
}

/** [B, L, D] → [B, H, L, D/H] */
function splitHeads(x: Tensor, numHeads: number): Tensor4D {
  const [batch, length, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, length, numHeads, width / numHeads]), [0, 2, 1, 3]);
}

/**
 * softmax(q kᵀ / sqrt(D/H)) v, projected. queries: [B, Lq, D]; context: [B, Lk, D], where keys and values come from.
 * Attention dropout acts on the softmax weights, projection dropout on the result. Tensors are owned by the caller.
 * Throws tensor.shape.
 */
export function attention(
  queries: Tensor,
  context: Tensor,
  weights: AttentionWeights,
  { numHeads, noise, site }: AttentionOptions,
): AttentionResult {
  const width = queries.shape.at(-1)!;
  if (queries.rank !== 3 || context.rank !== 3 || width % numHeads !== 0) {
    throw new EngineError(
      'tensor.shape',
      `attention: expected [B,L,D] with D a multiple of ${numHeads} heads, got [${queries.shape}] and [${context.shape}]`,
    );
  }
  const scale = (width / numHeads) ** -0.5;
  // Scaling the weight instead of the queries gives the same product from a smaller tensor.
  const q = splitHeads(linear(queries, tf.mul(weights.query, scale)), numHeads);
  const k = splitHeads(linear(context, weights.key), numHeads);
  const v = splitHeads(linear(context, weights.value), numHeads);
  const probabilities = tf.softmax(tf.matMul(q, k, false, true)); // [B, H, Lq, Lk]
  const kept = noise.dropout(`${site}.attention`, probabilities);
  const mixed = tf.transpose(tf.matMul(kept, v), [0, 2, 1, 3]); // [B, Lq, H, D/H]
  const joined = tf.reshape(mixed, queries.shape); // [B, Lq, D]
  const tokens = noise.dropout(`${site}.projection`, linear(joined, weights.projection));
  return { tokens, weights: probabilities };
}
