// The two feed-forward layers of a block, without biases.
import type { Tensor } from '@tensorflow/tfjs-core';
import { gelu, swiGate } from './activation.ts';
import { linear } from './linear.ts';
import type { Noise } from './noise.ts';

/**
 * Hidden width of SwiGLU: 8/3 · D rounded to a multiple of 128, halves to even. It is 0 for D ≤ 24; such a layer
 * contributes nothing.
 */
export function swiGluWidth(embedDim: number): number {
  const multiples = ((8 / 3) * embedDim) / 128;
  const below = Math.floor(multiples);
  const rest = multiples - below;
  if (rest === 0.5) return 128 * (below % 2 === 0 ? below : below + 1);
  return 128 * Math.round(multiples);
}

/** Hidden width of the MLP: D · mlpRatio, rounded down. */
export function mlpWidth(embedDim: number, mlpRatio: number): number {
  return Math.floor(embedDim * mlpRatio);
}

/** (silu(x gateᵀ) · (x valueᵀ)) lastᵀ. x: [..., D]; gate, value: [F, D]; last: [D, F]. Returns [..., D]. */
export function swiGluFeedForward(x: Tensor, gate: Tensor, value: Tensor, last: Tensor): Tensor {
  return linear(swiGate(linear(x, gate), linear(x, value)), last);
}

/** gelu(x firstᵀ) lastᵀ, dropout after each. x: [..., D]; first: [F, D]; last: [D, F]. Returns [..., D]. */
export function mlpFeedForward(x: Tensor, first: Tensor, last: Tensor, noise: Noise, site: string): Tensor {
  const hidden = noise.dropout(`${site}.hidden`, gelu(linear(x, first)));
  return noise.dropout(`${site}.output`, linear(hidden, last));
}
