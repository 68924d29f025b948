// A comparison in one sentence. The statistics are the engine's; here they only get the runs' names.
import type { RunComparison } from '../../../engine/contract/answers.ts';
import type { PairedComparison } from '../../../engine/contract/results.ts';
import { formatFixed, formatCount, formatPoints } from '../../widgets/format.ts';

export interface ComparisonVerdict {
  readonly sentence: string;
  readonly tone: 'neutral' | 'good' | 'caution';
}

/** Each run's comparison with the first, by the run's id; runs that share no scored image with it have none. */
export function pairsByRun({
  comparisons,
  flips,
}: Pick<RunComparison, 'comparisons' | 'flips'>): ReadonlyMap<number, PairedComparison> {
  return new Map(flips.map(({ run }, index) => [run, comparisons[index]!]));
}

function describePair(first: string, later: string, pair: PairedComparison): string {
  const { difference, interval, wrongToRight, rightToWrong, certainty } = pair;
  const say = (low: number, high: number) => `${formatFixed(100 * low, 1)} to ${formatFixed(100 * high, 1)}`;
  const turned = `${formatCount(wrongToRight, 'image')} changed from wrong to right, ${rightToWrong} the other way`;
  if (certainty === 'unclear') {
    return `No clear difference between “${first}” and “${later}”: ${formatPoints(difference)} (95 % interval ${say(interval.low, interval.high)}); ${turned}.`;
  }
  const [better, worse] = difference > 0 ? [later, first] : [first, later];
  const range = difference > 0 ? say(interval.low, interval.high) : say(-interval.high, -interval.low);
  const size = formatPoints(Math.abs(difference)).replace('+', '');
  const hedge = certainty === 'likely' ? 'is probably better' : 'is better';
  return `“${better}” ${hedge} than “${worse}” by ${size} (95 % interval ${range}); ${turned}.`;
}

/** The sentence over the comparison: of two runs what the engine found, of more the best and whether that is sure. */
export function describeComparison(comparison: RunComparison): ComparisonVerdict {
  const { runs, rows } = comparison;
  const pairs = pairsByRun(comparison);
  const first = runs[0]!.name;
  // Which runs are not scored, the notes under it say.
  if (rows[0] === null || rows.slice(1).every((row) => row === null)) {
    return { sentence: 'So far only curves and settings can be compared.', tone: 'caution' };
  }
  if (pairs.size === 0) {
    return {
      sentence: 'These runs share no test image, so their numbers cannot be compared.',
      tone: 'caution',
    };
  }
  const compared = runs.flatMap((run) => {
    const pair = pairs.get(run.id);
    return pair ? [{ name: run.name, pair }] : [];
  });
  const best = compared.reduce((found, one) => (one.pair.difference > found.pair.difference ? one : found));
  if (runs.length > 2 && best.pair.difference <= 0) {
    return { sentence: `None of the other runs scores higher than “${first}”.`, tone: 'neutral' };
  }
  return {
    sentence: describePair(first, best.name, best.pair),
    tone: best.pair.certainty === 'clear' ? 'good' : 'neutral',
  };
}
