// Two sets of predictions on the same images, compared image by image.
import { EngineError } from '../contract/errors.ts';
import type { Certainty, ImagePrediction, Interval, PairedComparison } from '../contract/results.ts';
import { createBalancedStatistic, createTop1Statistic } from './accuracyInterval.ts';
import { bootstrapIntervals, type ResamplingUnits, type WeightedStatistic } from './bootstrap.ts';
import { computeWilsonInterval } from './normalDistribution.ts';
import { adjustHolm, computeGroupSwapP, computeMcNemar } from './pairedTests.ts';
import { sayChance, sayCount, sayPoints, sayRange } from './phrases.ts';

/** Predictions with the name that sentences use. */
export interface NamedPredictions {
  readonly name: string;
  readonly predictions: readonly ImagePrediction[];
}

export type ComparedPair = readonly [a: NamedPredictions, b: NamedPredictions];

/** Throws probe.impossible unless both scored the same images, in the same order, with the same labels. */
function assertSameImages(a: NamedPredictions, b: NamedPredictions): void {
  const same =
    a.predictions.length === b.predictions.length &&
    a.predictions.every(({ imageId, label }, i) => {
      const other = b.predictions[i]!;
      return imageId === other.imageId && label === other.label;
    });
  if (!same || a.predictions.length === 0) {
    throw new EngineError(
      'probe.impossible',
      `${a.name} and ${b.name} cannot be compared: they were not scored on the same images`,
      { details: { a: a.name, b: b.name } },
    );
  }
}

/** Where no image differs, what is left is how many unseen ones might: Wilson's bound on a share of 0. */
function boundUnseen(estimate: number, count: number): readonly [number, number] {
  const bound = computeWilsonInterval(0, count)[1];
  return [Math.max(-1, estimate - bound), Math.min(1, estimate + bound)];
}

/** How much more B has than A. */
function createDifference(
  create: typeof createTop1Statistic,
  [a, b]: ComparedPair,
  units: ResamplingUnits,
): WeightedStatistic {
  const [ofA, ofB] = [create(a.predictions, units), create(b.predictions, units)];
  return (weights) => ofB(weights) - ofA(weights);
}

interface Flips {
  readonly wrongToRight: number;
  readonly rightToWrong: number;
  /** For each unit, images only B has right minus images only A has right. */
  readonly byUnit: readonly number[];
}

function countFlips(a: NamedPredictions, b: NamedPredictions, units: ResamplingUnits): Flips {
  const byUnit = Array.from({ length: units.count }, () => 0);
  let wrongToRight = 0;
  let rightToWrong = 0;
  a.predictions.forEach(({ label, predicted }, i) => {
    const change = Number(b.predictions[i]!.predicted === label) - Number(predicted === label);
    if (change > 0) wrongToRight++;
    if (change < 0) rightToWrong++;
    byUnit[units.unitOf[i]!]! += change;
  });
  return { wrongToRight, rightToWrong, byUnit };
}

function judgeCertainty(interval: Interval, adjustedP: number): Certainty {
  if ((interval.low <= 0 && interval.high >= 0) || adjustedP >= 0.05) return 'unclear';
  return adjustedP < 0.01 ? 'clear' : 'likely';
}

type Facts = Omit<PairedComparison, 'adjustedP' | 'certainty' | 'words'>;

/** What is known of each pair; the images are drawn once for all of them. */
function measureDifferences(pairs: readonly ComparedPair[], units: ResamplingUnits, seed: number): Facts[] {
  for (const [a, b] of pairs) assertSameImages(a, b);
  const everyOne = new Int32Array(units.count).fill(1);
  const top1 = pairs.map((pair) => createDifference(createTop1Statistic, pair, units));
  const balanced = pairs.map((pair) => createDifference(createBalancedStatistic, pair, units));
  const intervals = bootstrapIntervals([...top1, ...balanced], units, { seed, whenConstant: boundUnseen });
  return pairs.map(([a, b], at) => {
    const { wrongToRight, rightToWrong, byUnit } = countFlips(a, b, units);
    const mcnemar = computeMcNemar(wrongToRight, rightToWrong);
    const groupP = units.kind === 'groups' ? computeGroupSwapP(byUnit, seed) : null;
    return {
      a: a.name,
      b: b.name,
      n: a.predictions.length,
      difference: top1[at]!(everyOne),
      interval: intervals[at]!,
      balancedDifference: balanced[at]!(everyOne),
      balancedInterval: intervals[pairs.length + at]!,
      wrongToRight,
      rightToWrong,
      mcnemarExactP: mcnemar.exact,
      mcnemarMidP: mcnemar.midP,
      groupP,
      p: groupP ?? mcnemar.midP,
    };
  });
}

/** The comparison in one or two plain sentences. */
function phraseComparison(facts: Facts, certainty: Certainty, together: number, adjustedP: number): string {
  const { a, b, n, difference, interval, wrongToRight, rightToWrong } = facts;
  const flips = `${sayCount(wrongToRight, 'image')} changed from wrong to right, ${rightToWrong} the other way`;
  const among = together > 1 ? ` (counting that ${together} comparisons were made)` : '';
  const chance = `If both were equally good, a difference this large would appear by chance ${sayChance(adjustedP)}${among}.`;
  const range = `95 % interval ${sayRange(interval.low, interval.high)}`;
  if (wrongToRight + rightToWrong === 0)
    return `${b} and ${a} are right and wrong on exactly the same ${sayCount(n, 'image')}.`;
  const few = facts.interval.method.units < 20 ? fewUnits(facts) : '';
  if (certainty !== 'unclear') {
    const direction = difference > 0 ? 'better' : 'worse';
    const [low, high] = difference > 0 ? [interval.low, interval.high] : [-interval.high, -interval.low];
    const size = `${sayPoints(Math.abs(difference))} points (95 % interval ${sayRange(low, high)})`;
    return `${b} is ${direction} than ${a} by ${size}; ${flips}. ${chance}${few}`;
  }
  const where =
    Math.abs(difference) < 5e-4
      ? `level with ${a}`
      : `${sayPoints(Math.abs(difference))} points ${difference > 0 ? 'above' : 'below'} ${a}`;
  return `No clear difference: ${b} is ${where} on these ${sayCount(n, 'image')} (${range}); ${flips}. ${chance}${few}`;
}

function fewUnits({ interval }: Facts): string {
  const noun = interval.method.resampled === 'groups' ? 'group' : 'image';
  return ` With only ${sayCount(interval.method.units, noun)} to judge by, take this as a hint.`;
}

function conclude(facts: Facts, adjustedP: number, together: number): PairedComparison {
  const certainty = judgeCertainty(facts.interval, adjustedP);
  const words = phraseComparison(facts, certainty, together, adjustedP);
  return Object.assign({ adjustedP, certainty, words }, facts);
}

/**
 * Compares each pair [a, b] on the same images: differences with their paired 95 % intervals, changed images, McNemar's
 * p, and p adjusted (Holm) for all pairs given together. `units`: from computeUnits on the images' groups, in the same
 * order as the predictions. Deterministic in the seed. Throws probe.impossible where images differ.
 */
export function comparePaired(
  pairs: readonly ComparedPair[],
  units: ResamplingUnits,
  seed: number,
): PairedComparison[] {
  const facts = measureDifferences(pairs, units, seed);
  const adjusted = adjustHolm(facts.map(({ p }) => p));
  return facts.map((fact, i) => conclude(fact, adjusted[i]!, pairs.length));
}

/** As comparePaired, but each pair is judged for itself, as if no other had been looked at. */
export function compareEachPaired(
  pairs: readonly ComparedPair[],
  units: ResamplingUnits,
  seed: number,
): PairedComparison[] {
  return measureDifferences(pairs, units, seed).map((fact) => conclude(fact, fact.p, 1));
}
