// What the three attentive heads have in common. A head turns an image's frozen tokens into class logits.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors, TensorSpec } from '../../runtime/program.ts';
import type { Noise, NoiseSite } from '../../nn/noise.ts';
import type { CounterRandom } from '../../random/counterRandom.ts';

export interface HeadShape {
  readonly embedDim: number;
  readonly numClasses: number;
  /** Attention heads; the simple head ignores it. Divides embedDim. */
  readonly numHeads: number;
}

export interface HeadNoiseLayout {
  readonly batchSize: number;
  /** N, tokens of an image. */
  readonly tokenCount: number;
  /** Prefix of the sites' names, e.g. `noise/head/`. */
  readonly prefix: string;
}

export interface AttentiveHead {
  readonly id: 'simple' | 'multihead' | 'cross';
  /** Name in the official implementation's files. */
  readonly officialName: string;
  /** Names (official; keys and values of the cross head separate) and shapes of the head's weights. */
  weightSpecs(shape: HeadShape): TensorSpec[];
  /** Where the head drops elements while it trains, with the official probabilities. */
  noiseSites(shape: HeadShape, layout: HeadNoiseLayout): NoiseSite[];
  /** Initial values of one weight, as the official code draws them. `fanIn`: inputs of the layer it belongs to. */
  sampleWeight(spec: TensorSpec, fanIn: number, random: CounterRandom): Float32Array;
  /** tokens: [B, N, D] float32, layer-normalised. Returns logits [B, numClasses], owned by the caller. */
  computeLogits(tokens: Tensor, weights: NamedTensors, shape: HeadShape, noise: Noise): Tensor;
}

/** Probability of every dropout site in the official heads. */
export const headDropout = 0.2;

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

export function spec(name: string, ...shape: number[]): TensorSpec {
  return { name, shape, type: 'float32' };
}
