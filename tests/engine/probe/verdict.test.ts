import { describe, expect, test } from 'vitest';
import type { PairedComparison } from '../../../engine/contract/results.ts';
import { computeUnits } from '../../../engine/probe/bootstrap.ts';
import { comparePaired } from '../../../engine/probe/comparison.ts';
import { describeVerdict } from '../../../engine/probe/verdict.ts';

/** A comparison on n images of two classes: `gained` only B has right, `lost` only A, the rest both. */
function compare(n: number, gained: number, lost: number): PairedComparison {
  const predict = (wrong: (image: number) => boolean) =>
    Array.from({ length: n }, (_, i) => {
      const label = i % 2;
      const predicted = wrong(i) ? 1 - label : label;
      return { imageId: String(i), label, predicted, topClasses: [predicted], topScores: [1] };
    });
  const a = { name: 'random weights', predictions: predict((i) => i < gained) };
  const b = { name: 'MIM-JEPA', predictions: predict((i) => i >= gained && i < gained + lost) };
  return comparePaired([[a, b]], computeUnits(Array.from({ length: n }, () => null)), 1)[0]!;
}

describe('verdict', () => {
  test('says how much pretraining helps, with its interval', () => {
    const verdict = describeVerdict({ overRandom: compare(300, 36, 9), overSupervised: undefined });
    expect(verdict.helps).toBe('yes');
    expect(verdict.sentence).toMatch(
      /^MIM-JEPA helps on your images: \+9\.0 points over random weights, 95 % interval \d\.\d to 1\d\.\d\.$/,
    );
    expect(verdict.advice).toEqual([]);
  });

  test('is more careful where the odds are better than 1 in 20 but not 1 in 100', () => {
    const verdict = describeVerdict({ overRandom: compare(300, 18, 6), overSupervised: undefined });
    expect(verdict.helps).toBe('yes');
    expect(verdict.sentence).toMatch(/^MIM-JEPA probably helps on your images: \+4\.0 points/);
  });

  test('does not claim a gain that may be luck, and says what would tell', () => {
    const verdict = describeVerdict({ overRandom: compare(60, 6, 3), overSupervised: undefined });
    expect(verdict.helps).toBe('unclear');
    expect(verdict.sentence).toMatch(
      /^These 60 test images cannot tell MIM-JEPA from random weights: \+5\.0 points over random weights, 95 % interval −/,
    );
    expect(verdict.advice[0]).toMatch(/^Label more test images/);
  });

  test('says that it makes no difference where a gain worth having is ruled out', () => {
    const verdict = describeVerdict({ overRandom: compare(2000, 8, 9), overSupervised: undefined });
    expect(verdict.helps).toBe('no');
    expect(verdict.sentence).toMatch(/^MIM-JEPA makes no difference on your images: /);
    expect(verdict.advice.length).toBeGreaterThan(0);
  });

  test('says so where pretraining made features worse', () => {
    const verdict = describeVerdict({ overRandom: compare(300, 5, 30), overSupervised: undefined });
    expect(verdict.helps).toBe('worse');
    expect(verdict.sentence).toMatch(/^MIM-JEPA does not help on your images: −8\.3 points/);
    expect(verdict.advice.length).toBeGreaterThan(0);
  });

  test('names supervised training where it is better, worse or level', () => {
    const overRandom = compare(300, 36, 9);
    const against = (gained: number, lost: number) =>
      describeVerdict({ overRandom, overSupervised: compare(300, gained, lost) }).sentence;
    expect(against(40, 8)).toContain(
      'It is 10.7 points better than training the same network with the labels alone',
    );
    expect(against(8, 40)).toContain('Training the same network with the labels alone is 10.7 points better');
    expect(against(10, 9)).toContain('Training with the labels alone does about as well (+0.3 points');
  });
});
