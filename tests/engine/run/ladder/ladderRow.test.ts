import { describe, expect, test } from 'vitest';
import { buildLadderRow } from '../../../../engine/run/ladder/ladderRow.ts';
import { prepareLadderData } from '../../../../engine/run/ladder/ladderData.ts';
import type { RunImage } from '../../../../engine/run/runImages.ts';

/** 40 images of two classes: 20 train, 8 validation, 12 test in 4 patients; image 5 has no label. */
function createImages(): RunImage[] {
  return Array.from({ length: 40 }, (_, i) => ({
    id: 100 + i,
    path: `/images/${i}.png`,
    relativePath: `${i}.png`,
    sha256: String(i),
    width: 10,
    height: 10,
    label: i === 5 ? -1 : i % 2,
    group: i < 28 ? null : `patient ${Math.floor((i - 28) / 3)}`,
    part: i < 20 ? 'train' : i < 28 ? 'validation' : 'test',
  }));
}

const classes = ['cat', 'dog'];
const facts = {
  name: 'random weights',
  kind: 'random',
  probe: 'ridge',
  encoder: null,
  features: 'mean of the last block',
  protocol: 'clean',
  split: 'drawn',
  seed: 3,
  seconds: 1,
  selection: {
    criterion: 'validation top-1',
    validationImages: 8,
    candidates: [],
    chosen: 'penalty 1',
    atGridEdge: false,
  },
} as const;

describe('ladder data', () => {
  test('leaves unlabelled images out and keeps every row of the split', () => {
    const data = prepareLadderData({ classes, images: createImages() });
    expect(data.images).toHaveLength(39);
    expect([data.splits.train, data.splits.validation, data.splits.test].map((rows) => rows.length)).toEqual([
      19, 8, 12,
    ]);
    expect(data.testIds[0]).toBe('128');
    expect(data.testUnits).toMatchObject({ kind: 'groups', count: 4 });
  });

  test('says what is missing where accuracy cannot be measured', () => {
    const images = createImages().map((image) => ({
      ...image,
      part: image.part === 'validation' ? ('train' as const) : image.part,
    }));
    expect(() => prepareLadderData({ classes, images })).toThrow(/validation has no labelled image/);
    const bare = createImages().map((image) => ({ ...image, label: -1 }));
    expect(() => prepareLadderData({ classes, images: bare })).toThrow(/no image has a class/);
  });
});

describe('ladder row', () => {
  test('carries metrics, intervals by group and each test image', () => {
    const data = prepareLadderData({ classes, images: createImages() });
    // Patient 0 (first three test images) is misjudged, all others are right.
    const scores = new Float64Array(24);
    data.testLabels.forEach((label, i) => (scores[i * 2 + (i < 3 ? 1 - label : label)] = 1));
    const row = buildLadderRow(data, { rows: 12, columns: 2, data: scores }, facts);
    expect(row).toMatchObject({ n: 12, top1: 0.75, top5: null, trainImages: 19, protocol: 'clean' });
    expect(row.interval).toMatchObject({ kind: 'bca', resampled: 'groups', units: 4 });
    expect(row.ci95[0]).toBeLessThan(0.5);
    expect(row.ci95[1]).toBe(1);
    expect(row.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(row.predictions.map(({ imageId }) => imageId)).toEqual(data.testIds);
  });
});
