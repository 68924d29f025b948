// A comparison in one sentence. The statistics are the engine's; here they only get the runs' names.
import type { RunComparison } from '../../../engine/contract/answers.ts';
import type { PairedComparison } from '../../../engine/contract/results.ts';
import { formatCount, formatPoints } from '../../widgets/format.ts';

export interface ComparisonVerdict {
  readonly sentence: string;
  readonly tone: 'neutral' | 'good' | 'caution';
}

function describePair(first: string, later: string, pair: PairedComparison): string {
  const { difference, interval, wrongToRight, rightToWrong, certainty } = pair;
  const range = `${formatPoints(interval.low)} to ${formatPoints(interval.high)}`;
  const turned = `${formatCount(wrongToRight, 'image')} changed from wrong to right, ${rightToWrong} the other way`;
  if (certainty === 'unclear') {
    return `No clear difference between “${first}” and “${later}”: ${formatPoints(difference)} (95 % interval ${range}); ${turned}.`;
  }
  const [better, worse] = difference > 0 ? [later, first] : [first, later];
  const size = formatPoints(Math.abs(difference)).replace('+', '');
  const hedge = certainty === 'likely' ? 'is probably better' : 'is better';
  return `“${better}” ${hedge} than “${worse}” by ${size} (95 % interval of the difference ${range}); ${turned}.`;
}

/** The sentence over the comparison: of two runs what the engine found, of more the best and whether that is sure. */
export function describeComparison({ runs, rows, comparisons }: RunComparison): ComparisonVerdict {
  const first = runs[0]!.name;
  if (rows.some((row) => row === null)) {
    const missing = runs.filter((_run, index) => rows[index] === null).map(({ name }) => `“${name}”`);
    return {
      sentence: `${missing.join(' and ')} ${missing.length === 1 ? 'has' : 'have'} not been scored yet, so only curves and settings can be compared.`,
      tone: 'caution',
    };
  }
  if (comparisons.length === 0) {
    return {
      sentence: 'These runs share no test image, so their numbers cannot be compared.',
      tone: 'caution',
    };
  }
  if (runs.length === 2) {
    const [pair] = comparisons;
    return {
      sentence: describePair(first, runs[1]!.name, pair!),
      tone: pair!.certainty === 'clear' ? 'good' : 'neutral',
    };
  }
  const best = comparisons.reduce(
    (found, pair, index) =>
      pair.difference > found.difference ? { difference: pair.difference, index } : found,
    { difference: 0, index: -1 },
  );
  if (best.index === -1) {
    return { sentence: `None of the other runs scores higher than “${first}”.`, tone: 'neutral' };
  }
  const pair = comparisons[best.index]!;
  return {
    sentence: describePair(first, runs[best.index + 1]!.name, pair),
    tone: pair.certainty === 'clear' ? 'good' : 'neutral',
  };
}
