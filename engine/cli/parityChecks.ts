// How computed values are compared with reference values, and what difference is allowed.
import type { ShapedArray } from '../model/officialNames.ts';
import type { TensorData } from '../runtime/program.ts';

/** Largest differences allowed. */
export const parityLimits = {
  /** Tokens, attention, logits: absolute. */
  tokens: 1e-4,
  /** Losses: relative. */
  loss: 1e-5,
  /** Gradients: largest difference over the largest reference value of the tensor. */
  gradients: 1e-4,
  /** Weights after the steps: absolute, for weightShare of a tensor's elements. */
  weights: 2e-5,
  weightShare: 0.999,
} as const;

export type ParityQuantity = 'tokens' | 'attention' | 'loss' | 'gradient' | 'weights' | 'logits';

/** One tensor (or loss) compared. */
export interface ParityCheck {
  readonly quantity: ParityQuantity;
  readonly name: string;
  /** In the measure of its quantity; see parityLimits. */
  readonly error: number;
  readonly limit: number;
  readonly passed: boolean;
  /** True for a gradient that is nothing but rounding. */
  readonly isRounding?: boolean;
  /** Elements of a weight beyond the limit, where that is what counts. */
  readonly exceeding?: { readonly count: number; readonly of: number };
}

/** Where a value is not a number the difference is infinite, so that it cannot pass. */
function largestDifference(actual: TensorData, expected: TensorData): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

function largestValue(data: TensorData): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** Largest absolute difference against the limit for tokens. */
export function checkValues(
  quantity: 'tokens' | 'attention' | 'logits',
  name: string,
  actual: TensorData,
  expected: ShapedArray,
): ParityCheck {
  const error = largestDifference(actual, expected.data);
  return { quantity, name, error, limit: parityLimits.tokens, passed: error <= parityLimits.tokens };
}

/** Relative difference of a loss. */
export function checkLoss(name: string, actual: number, expected: number): ParityCheck {
  const difference = Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
  const error = Number.isNaN(difference) ? Infinity : difference;
  return { quantity: 'loss', name, error, limit: parityLimits.loss, passed: error <= parityLimits.loss };
}

/**
 * Below this share of a network's largest gradient a tensor holds float32 rounding only (a softmax ignores a shift of all
 * its scores, so the exact gradient of such a bias is 0). No two programs agree on rounding: such a tensor is measured
 * against the network's largest gradient instead of its own.
 */
const roundingShare = 2 ** -21;

/** Largest difference of each gradient of one network, relative to the largest reference value of the tensor. */
export function checkGradients(
  actual: Readonly<Record<string, TensorData>>,
  expected: Readonly<Record<string, ShapedArray>>,
  prefix = '',
): ParityCheck[] {
  const present = Object.entries(expected).filter(([, { data }]) => data.length > 0);
  const networkScale = Math.max(0, ...present.map(([, { data }]) => largestValue(data))) || 1;
  const limit = parityLimits.gradients;
  return present.map(([name, { data }]) => {
    const ownScale = largestValue(data);
    const isRounding = ownScale < roundingShare * networkScale;
    const found = actual[`grad/${name}`] ?? new Float32Array(0);
    const error = largestDifference(found, data) / (isRounding ? networkScale : ownScale);
    return { quantity: 'gradient', name: prefix + name, error, limit, passed: error <= limit, isRounding };
  });
}

/** Absolute differences of a weight: how far the worst is off, and how many elements are beyond the limit. */
export function checkWeights(name: string, actual: TensorData, expected: ShapedArray): ParityCheck {
  const limit = parityLimits.weights;
  const error = largestDifference(actual, expected.data);
  let count = 0;
  expected.data.forEach((value, index) => {
    if (!(Math.abs(actual[index]! - value) <= limit)) count++;
  });
  const of = expected.data.length;
  const passed = Number.isFinite(error) && count <= (1 - parityLimits.weightShare) * of;
  return { quantity: 'weights', name, error, limit, passed, exceeding: { count, of } };
}
