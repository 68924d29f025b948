// How likely a difference this large is by chance: McNemar's test, its generalisation to groups, Holm's correction.
import { CounterRandom } from '../random/counterRandom.ts';

/** P(X ≤ k) and P(X = k) for X binomial with n trials of probability ½. */
function binomialHalf(k: number, n: number): { readonly cumulative: number; readonly point: number } {
  // log of n-choose-i, built up term by term; exp only at the end, so large n does not underflow early.
  let logChoose = 0;
  let cumulative = 0;
  let point = 0;
  for (let i = 0; i <= k; i++) {
    point = Math.exp(logChoose - n * Math.LN2);
    cumulative += point;
    logChoose += Math.log((n - i) / (i + 1));
  }
  return { cumulative, point };
}

/**
 * McNemar's two-sided p from the images on which exactly one of two classifiers is right. `exact` is the binomial test;
 * `midP` counts the observed table half, which is closer to the nominal level. Both are 1 without such images.
 */
export function computeMcNemar(
  wrongToRight: number,
  rightToWrong: number,
): { readonly exact: number; readonly midP: number } {
  const { cumulative, point } = binomialHalf(
    Math.min(wrongToRight, rightToWrong),
    wrongToRight + rightToWrong,
  );
  return { exact: Math.min(1, 2 * cumulative), midP: Math.min(1, 2 * cumulative - point) };
}

/**
 * Two-sided p of a summed difference when whole groups may swap sides: `differences[g]` is, for group g, images that
 * only B has right minus images that only A has right. With groups of one image this is McNemar's test. By 20,000 random
 * swaps, so never below 1/20,001. Deterministic in the seed.
 */
export function computeGroupSwapP(differences: readonly number[], seed: number): number {
  const draws = 20_000;
  const sizes = differences.filter((difference) => difference !== 0);
  const observed = Math.abs(sizes.reduce((sum, size) => sum + size, 0));
  let asLarge = 0;
  for (let draw = 0; draw < draws; draw++) {
    const random = new CounterRandom(seed, 'groupSwap', draw);
    let sum = 0;
    for (const size of sizes) sum += random.nextUint32() & 0x8000 ? size : -size;
    if (Math.abs(sum) >= observed) asLarge++;
  }
  return (asLarge + 1) / (draws + 1);
}

/** Holm's step-down adjusted p-values, in the order given; they hold for all comparisons together. */
export function adjustHolm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
