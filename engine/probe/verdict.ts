// Whether pretraining was worth it, in one honest sentence, and what to try next.
import type { PairedComparison, Verdict } from '../contract/results.ts';
import { sayPoints, saySignedPoints } from './phrases.ts';

export interface VerdictFacts {
  /** Random weights → MIM-JEPA, with the same probe. */
  readonly overRandom: PairedComparison;
  /** Supervised from scratch → MIM-JEPA, where that was trained. */
  readonly overSupervised: PairedComparison | undefined;
}

function sayRangeOf({ interval }: PairedComparison): string {
  return `95 % interval ${sayPoints(interval.low)} to ${sayPoints(interval.high)}`;
}

/** A gain that the interval rules out beyond this is too small to matter to anyone. */
const smallestUsefulGain = 0.02;

function judge({ certainty, difference, interval }: PairedComparison): Verdict['helps'] {
  if (certainty !== 'unclear') return difference > 0 ? 'yes' : 'worse';
  return interval.high < smallestUsefulGain ? 'no' : 'unclear';
}

function describeAgainstRandom(overRandom: PairedComparison): string {
  const gain = `${saySignedPoints(overRandom.difference)} points over random weights, ${sayRangeOf(overRandom)}`;
  const helps = judge(overRandom);
  if (helps === 'yes') {
    const howSure = overRandom.certainty === 'clear' ? 'helps' : 'probably helps';
    return `MIM-JEPA ${howSure} on your images: ${gain}.`;
  }
  if (helps === 'worse') return `MIM-JEPA does not help on your images: ${gain}.`;
  if (helps === 'no') return `MIM-JEPA makes no difference on your images: ${gain}.`;
  return `These ${overRandom.n} test images cannot tell MIM-JEPA from random weights: ${gain}.`;
}

function describeAgainstSupervised(overSupervised: PairedComparison): string {
  const size = `${sayPoints(Math.abs(overSupervised.difference))} points`;
  if (overSupervised.certainty === 'unclear') {
    return ` Training with the labels alone does about as well (${saySignedPoints(overSupervised.difference)} points, ${sayRangeOf(overSupervised)}).`;
  }
  return overSupervised.difference > 0
    ? ` It is ${size} better than training the same network with the labels alone (${sayRangeOf(overSupervised)}).`
    : ` Training the same network with the labels alone is ${size} better (${sayRangeOf(overSupervised)}).`;
}

function advise(helps: Verdict['helps'], overRandom: PairedComparison): string[] {
  if (helps === 'yes') return [];
  const longer =
    'Train longer: features usually fall behind random weights at first and overtake them later.';
  const more = 'Label more test images: with few of them only large differences can be seen.';
  const larger = 'Use larger images if what tells the classes apart is small.';
  return helps === 'unclear' && overRandom.n < 200 ? [more, longer] : [longer, larger];
}

/** The verdict from the paired comparisons on the test images. */
export function describeVerdict({ overRandom, overSupervised }: VerdictFacts): Verdict {
  const helps = judge(overRandom);
  const sentence =
    describeAgainstRandom(overRandom) + (overSupervised ? describeAgainstSupervised(overSupervised) : '');
  return { helps, sentence, advice: advise(helps, overRandom) };
}
