import { describe, expect, test } from 'vitest';
import type { ImagePrediction } from '../../../engine/contract/results.ts';
import { computeUnits } from '../../../engine/probe/bootstrap.ts';
import { comparePaired } from '../../../engine/probe/comparison.ts';
import { sayChance, sayPoints, saySignedPoints } from '../../../engine/probe/phrases.ts';

/** Predictions of n images of two classes; `wrong` are the images that are misjudged. */
function predict(n: number, wrong: (image: number) => boolean): ImagePrediction[] {
  return Array.from({ length: n }, (_, i) => {
    const label = i % 2;
    const predicted = wrong(i) ? 1 - label : label;
    return { imageId: `${i}.png`, label, predicted, topClasses: [predicted], topScores: [1] };
  });
}

const alone = (n: number) => computeUnits(Array.from({ length: n }, () => null));
const pair = (a: ImagePrediction[], b: ImagePrediction[]) =>
  [
    { name: 'A', predictions: a },
    { name: 'B', predictions: b },
  ] as const;

describe('paired comparison', () => {
  test('says by how much the better one is better, which images changed, and how likely chance is', () => {
    // A is wrong on images 0–39; B on 0–11 and on 100–107: 28 gained, 8 lost of 300.
    const a = predict(300, (i) => i < 40);
    const b = predict(300, (i) => i < 12 || (i >= 100 && i < 108));
    const [comparison] = comparePaired([pair(a, b)], alone(300), 1);
    expect(comparison!.difference).toBeCloseTo(20 / 300, 12);
    expect(comparison).toMatchObject({
      wrongToRight: 28,
      rightToWrong: 8,
      groupP: null,
      certainty: 'clear',
      n: 300,
    });
    expect(comparison!.p).toBe(comparison!.mcnemarMidP);
    // Normal approximation of the paired difference: 6.67 ± 1.96·√((36/300 − 0.0667²)/300) = 2.8 to 10.5 points.
    expect(Math.abs(comparison!.interval.low - 0.028)).toBeLessThan(0.006);
    expect(Math.abs(comparison!.interval.high - 0.105)).toBeLessThan(0.006);
    expect(comparison!.words).toMatch(
      /^B is better than A by 6\.7 points \(95 % interval [\d.]+ to [\d.]+\); 28 images changed from wrong to right, 8 the other way\. If both were equally good, a difference this large would appear by chance about 1 time in 1,?\d+\.$/,
    );
  });

  test('the other way round is the mirror image', () => {
    const a = predict(300, (i) => i < 40);
    const b = predict(300, (i) => i < 12 || (i >= 100 && i < 108));
    const [forward] = comparePaired([pair(a, b)], alone(300), 1);
    const [backward] = comparePaired([pair(b, a)], alone(300), 1);
    expect(backward!.difference).toBe(-forward!.difference);
    expect(backward!.p).toBe(forward!.p);
    expect(backward!.interval.low).toBeCloseTo(-forward!.interval.high, 1);
    expect(backward!.words).toMatch(
      /^B is worse than A by 6\.7 points \(95 % interval [23]\.\d to 1\d\.\d\)/,
    );
  });

  test('the paired interval is narrower than the two accuracies would suggest when both err on the same images', () => {
    const a = predict(200, (i) => i < 60);
    const b = predict(200, (i) => i < 54);
    const [comparison] = comparePaired([pair(a, b)], alone(200), 1);
    expect(comparison!.interval.high - comparison!.interval.low).toBeLessThan(0.06);
  });

  test('a difference that may be luck is not called better', () => {
    const a = predict(60, (i) => i < 20);
    const b = predict(60, (i) => i < 14 || (i >= 30 && i < 34));
    const [comparison] = comparePaired([pair(a, b)], alone(60), 1);
    expect(comparison!.certainty).toBe('unclear');
    expect(comparison!.words).toMatch(/^No clear difference: B is 3\.3 points above A on these 60 images/);
    expect(comparison!.words).toMatch(/about 1 time in 2\.$/);
  });

  test('identical predictions are said to be identical, without claiming that unseen images would agree', () => {
    const a = predict(50, (i) => i < 10);
    const [comparison] = comparePaired([pair(a, a)], alone(50), 1);
    expect(comparison!.words).toBe('B and A are right and wrong on exactly the same 50 images.');
    expect(comparison).toMatchObject({ certainty: 'unclear', p: 1 });
    expect(comparison!.interval.high).toBeCloseTo(0.07134759913335872, 6);
  });

  test('groups widen the interval and replace the p of independent images', () => {
    // Ten patients with 20 images each; B gains all images of patients 0–3 and loses those of patient 9.
    const a = predict(200, (i) => i < 80);
    const b = predict(200, (i) => i >= 180);
    const groups = computeUnits(Array.from({ length: 200 }, (_, i) => `patient ${Math.floor(i / 20)}`));
    const [byImages] = comparePaired([pair(a, b)], alone(200), 1);
    const [byGroups] = comparePaired([pair(a, b)], groups, 1);
    const width = (interval: { low: number; high: number }) => interval.high - interval.low;
    expect(width(byGroups!.interval)).toBeGreaterThan(2 * width(byImages!.interval));
    expect(byGroups!.mcnemarExactP).toBe(byImages!.mcnemarExactP);
    expect(byGroups!.p).toBe(byGroups!.groupP);
    expect(byGroups!.p).toBeGreaterThan(0.2);
    expect(byImages!.certainty).toBe('clear');
    expect(byGroups!.certainty).toBe('unclear');
    expect(byGroups!.words).toMatch(/With only 10 groups to judge by, take this as a hint\.$/);
  });

  test('several comparisons together make each harder to pass, and the words say so', () => {
    const a = predict(200, (i) => i < 40);
    const b = predict(200, (i) => i < 26 || (i >= 100 && i < 104));
    const [single] = comparePaired([pair(a, b)], alone(200), 1);
    const [first] = comparePaired([pair(a, b), pair(a, a), pair(b, b)], alone(200), 1);
    expect(single!.adjustedP).toBe(single!.p);
    expect(first!.adjustedP).toBeCloseTo(3 * single!.p, 12);
    expect(first!.words).toContain('(counting that 3 comparisons were made)');
  });

  test('different images, or another order, are refused', () => {
    const a = predict(20, (i) => i < 4);
    const impossible = expect.objectContaining({ code: 'probe.impossible' });
    expect(() => comparePaired([pair(a, a.toReversed())], alone(20), 1)).toThrow(impossible);
    expect(() => comparePaired([pair(a, a.slice(1))], alone(20), 1)).toThrow(impossible);
  });
});

describe('phrases', () => {
  test('chances are rounded to what a person can use', () => {
    const said = [0.9, 0.5, 0.052, 0.021, 0.0123, 0.0043, 0.0007, 0.00001].map(sayChance);
    expect(said).toEqual([
      'almost always',
      'about 1 time in 2',
      'about 1 time in 19',
      'about 1 time in 50',
      'about 1 time in 80',
      'about 1 time in 250',
      'about 1 time in 1,500',
      'less than 1 time in 10,000',
    ]);
  });

  test('points have a true minus and no signed zero', () => {
    expect([0.0321, -0.0114, -0.0001, 0].map(sayPoints)).toEqual(['3.2', '−1.1', '0.0', '0.0']);
    expect([0.061, -0.02, 0.0001].map(saySignedPoints)).toEqual(['+6.1', '−2.0', '0.0']);
  });
});
