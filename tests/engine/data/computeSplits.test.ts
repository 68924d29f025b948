import { describe, expect, test } from 'vitest';
import type { SplitName } from '../../../engine/contract/dataset.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import { computeSplits, defaultRatios, type SplitImage } from '../../../engine/data/computeSplits.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

const image = (
  label: string | null,
  group: string | null = null,
  givenSplit: SplitName | null = null,
): SplitImage => ({ label, group, givenSplit });
const repeat = (count: number, make: (index: number) => SplitImage) =>
  Array.from({ length: count }, (_, i) => make(i));
const options = { ratios: defaultRatios, seed: 5, keepGiven: true };
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof EngineError ? error.code : 'another error';
  }
  return 'none';
};

describe('drawn splits', () => {
  test('give every class its share in every split', () => {
    const images = [...repeat(100, () => image('a')), ...repeat(40, () => image('b'))];
    const result = computeSplits(images, options);
    expect(result.method).toBe('drawn');
    expect(result.classCounts).toEqual({ train: [70, 28], validation: [15, 6], test: [15, 6] });
    expect(result.counts).toEqual({ train: 98, validation: 21, test: 21 });
    expect(result.warnings).toEqual([]);
  });

  test('depend on the seed and on nothing else', () => {
    const images = repeat(60, (i) => image(i % 2 ? 'a' : 'b'));
    expect(computeSplits(images, options)).toEqual(computeSplits(images, options));
    expect(computeSplits(images, { ...options, seed: 6 }).splits).not.toEqual(
      computeSplits(images, options).splits,
    );
  });

  test('serve train first, then test, then validation when a class has one, two or three images', () => {
    const images = [
      ...repeat(20, () => image('many')),
      image('one'),
      ...repeat(2, () => image('two')),
      ...repeat(3, () => image('three')),
    ];
    const { classes, classCounts, missingClasses, warnings } = computeSplits(images, options);
    const of = (label: string) =>
      (['train', 'validation', 'test'] as const).map((split) => classCounts[split][classes.indexOf(label)]);
    expect([of('one'), of('two'), of('three')]).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [1, 1, 1],
    ]);
    expect(missingClasses).toEqual({ train: [], validation: ['one', 'two'], test: ['one'] });
    expect(warnings.length).toBe(2);
  });

  test('never divide a group, and stay near the shares', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new CounterRandom(seed, 'groups');
      const images = repeat(300, () =>
        image(random.nextUniform() < 0.3 ? 'a' : 'b', `p${random.nextInteger(80)}`),
      );
      const result = computeSplits(images, { ...options, seed });
      const splitOf = new Map<string, SplitName>();
      images.forEach(({ group }, i) => {
        expect(splitOf.get(group!) ?? result.splits[i]).toBe(result.splits[i]);
        splitOf.set(group!, result.splits[i]!);
      });
      expect(result.sharedGroupCount).toBe(0);
      expect(result.groupCount).toBe(splitOf.size);
      expect(Math.abs(result.counts.train - 210)).toBeLessThan(20);
      expect(Math.abs(result.counts.test - 45)).toBeLessThan(15);
    }
  });

  test('keep duplicates together when asked, also through groups', () => {
    // 0–1 and 1–2 are joined by duplicates and group: one chain of three.
    const images = [image('a'), image('a', 'g'), image('a', 'g'), ...repeat(30, () => image('a'))];
    const together = Int32Array.from(images, (_, i) => (i === 1 ? 0 : i));
    for (let seed = 0; seed < 30; seed++) {
      const { splits, sharedGroupCount } = computeSplits(images, { ...options, seed, together });
      expect(new Set(splits.slice(0, 3)).size).toBe(1);
      expect(sharedGroupCount).toBe(0);
    }
  });

  test('put images without a class into train, unless their group is elsewhere', () => {
    const images = [
      ...repeat(40, (i) => image('a', `g${i}`)),
      ...repeat(40, (i) => image(null, `g${i}`)),
      image(null),
    ];
    const { splits } = computeSplits(images, options);
    expect(splits.slice(40, 80)).toEqual(splits.slice(0, 40));
    expect(splits[80]).toBe('train');
  });

  test('put a set without classes into train entirely', () => {
    const result = computeSplits(
      repeat(9, () => image(null)),
      options,
    );
    expect([result.method, result.counts]).toEqual(['allTrain', { train: 9, validation: 0, test: 0 }]);
  });
});

describe('given splits', () => {
  test('are kept when they are complete', () => {
    const images = [
      image('a', null, 'train'),
      image('a', null, 'validation'),
      image('a', null, 'test'),
      image('a'),
    ];
    const result = computeSplits(images, options);
    expect([result.method, result.splits]).toEqual(['given', ['train', 'validation', 'test', 'train']]);
  });

  test('lend validation from train, by share and class, and leave test alone', () => {
    const images = [
      ...repeat(85, (i) => image(i % 2 ? 'a' : 'b', null, 'train')),
      ...repeat(30, () => image('a', null, 'test')),
    ];
    const result = computeSplits(images, options);
    expect(result.method).toBe('givenPartly');
    expect(result.counts).toEqual({ train: 70, validation: 15, test: 30 });
    expect(result.splits.slice(85).every((split) => split === 'test')).toBe(true);
    expect(
      Math.abs(result.classCounts.validation[0]! - result.classCounts.validation[1]!),
    ).toBeLessThanOrEqual(1);
  });

  test('are reported when their groups straddle, and validation gets no part of such a group', () => {
    const images = [
      ...repeat(4, () => image('a', 'both', 'train')),
      ...repeat(20, () => image('a', null, 'train')),
      ...repeat(4, () => image('a', 'both', 'test')),
      // One image of each of ten groups in train, the other in test: none of them may be moved to validation.
      ...repeat(20, (i) => image('a', `pair${i >> 1}`, i % 2 ? 'train' : 'test')),
    ];
    for (let seed = 0; seed < 10; seed++) {
      const result = computeSplits(images, { ...options, seed });
      expect(result.sharedGroupCount).toBe(11);
      expect(result.warnings.join()).toMatch(/11 of 11 groups/);
      const straddling = result.splits.filter((_, i) => images[i]!.group !== null);
      expect(straddling).not.toContain('validation');
      expect(result.counts.validation).toBeGreaterThan(0);
    }
  });

  test('are drawn anew when asked', () => {
    const images = repeat(40, (i) => image('a', null, i < 30 ? 'train' : 'test'));
    expect(computeSplits(images, { ...options, keepGiven: false }).counts).toEqual({
      train: 28,
      validation: 6,
      test: 6,
    });
  });
});

test('impossible splits are refused by name', () => {
  expect(codeOf(() => computeSplits([], options))).toBe('dataset.empty');
  expect(
    codeOf(() =>
      computeSplits(
        repeat(9, () => image('a', 'only')),
        options,
      ),
    ),
  ).toBe('split.impossible');
  const noTrain = { ...options, ratios: { train: 0, validation: 1, test: 1 } };
  expect(
    codeOf(() =>
      computeSplits(
        repeat(9, () => image('a')),
        noTrain,
      ),
    ),
  ).toBe('split.impossible');
});
