import { describe, expect, test } from 'vitest';
import type { SpreadReport } from '../../../../engine/contract/results.ts';
import type { RunImage } from '../../../../engine/run/runImages.ts';
import {
  judgeLook,
  selectMonitorSet,
  type FeatureLook,
} from '../../../../engine/run/training/featureMonitor.ts';

function imageOf(id: number, part: RunImage['part'], label: number): RunImage {
  const sha256 = String(id).padStart(64, '0');
  return {
    id,
    relativePath: `${id}.png`,
    path: `/${id}.png`,
    sha256,
    width: 9,
    height: 9,
    label,
    group: null,
    part,
  };
}

const parts = ['train', 'validation', 'test'] as const;
const images = Array.from({ length: 300 }, (_, id) =>
  imageOf(id, parts[id % 3]!, id % 10 === 0 ? -1 : id % 2),
);
const monitor = { everyEpochs: 1, maxImages: 60, knnNeighbours: 5 };

describe('the images of the looks', () => {
  test('never include a test image, and are no more than asked, a third of them from validation', () => {
    const set = selectMonitorSet(images, monitor, 1);
    expect(set.images.map((image) => image.part)).not.toContain('test');
    expect(set.images).toHaveLength(60);
    expect(set.images.filter((image) => image.part === 'validation')).toHaveLength(20);
  });

  test('rows for kNN are labelled, belong to their part, and are the same each time', () => {
    const set = selectMonitorSet(images, monitor, 1);
    for (const part of ['train', 'validation'] as const) {
      expect(set[part].length).toBeGreaterThan(10);
      for (const row of set[part]) {
        expect(set.images[row]).toMatchObject({ part, label: set.labels[row] });
        expect(set.labels[row]).toBeGreaterThanOrEqual(0);
      }
    }
    expect(selectMonitorSet(images, monitor, 1)).toEqual(set);
    expect(selectMonitorSet(images, monitor, 2)).not.toEqual(set);
  });

  test('unlabelled images are looked at, but leave nothing for kNN', () => {
    const unlabelled = images.slice(0, 30).map((image) => ({ ...image, label: -1, part: 'train' as const }));
    const set = selectMonitorSet(unlabelled, monitor, 1);
    expect(set.images).toHaveLength(30);
    expect([set.train.length, set.validation.length]).toEqual([0, 0]);
  });
});

function lookOf(knn: number | null, effectiveRank: number, health: SpreadReport['health']): FeatureLook {
  const spread = {
    n: 9,
    dimensions: 8,
    rankMe: 1,
    effectiveRank,
    meanStd: 1,
    minStd: 1,
    deadShare: 0,
    health,
    words: '',
  };
  return { knn, spread, durationMs: 1 };
}
const baseline = { knn: 0.5, effectiveRank: 6 };
const reasons = (...parameters: Parameters<typeof judgeLook>) =>
  judgeLook(...parameters).map((warning) => warning.reason);

describe('warnings', () => {
  test('healthy features that beat random weights give none', () => {
    expect(judgeLook(lookOf(0.7, 20, 'healthy'), baseline, 1)).toEqual([]);
  });

  test('collapsed features give one, but not at the very start, nor where the images are alike by themselves', () => {
    expect(reasons(lookOf(0.7, 1.2, 'collapsed'), baseline, 0.3)).toEqual(['collapsed']);
    expect(reasons(lookOf(0.7, 1.2, 'collapsed'), baseline, 0.01)).toEqual([]);
    expect(reasons(lookOf(0.7, 1.2, 'collapsed'), { knn: 0.5, effectiveRank: 1.1 }, 0.3)).toEqual([]);
    expect(reasons(lookOf(null, 1.2, 'collapsed'), null, 0.3)).toEqual(['collapsed']);
  });

  test('features no better than random weights give one in the second half, with both numbers', () => {
    expect(reasons(lookOf(0.5, 20, 'healthy'), baseline, 0.4)).toEqual([]);
    const [warning] = judgeLook(lookOf(0.5, 20, 'healthy'), baseline, 0.6);
    expect(warning?.reason).toBe('noBetterThanRandom');
    expect(warning?.message).toMatch(/50\.0 %.*50\.0 %/);
    expect(reasons(lookOf(0.51, 20, 'healthy'), baseline, 0.6)).toEqual([]);
    expect(reasons(lookOf(1, 20, 'healthy'), { ...baseline, knn: 1 }, 0.6)).toEqual([]);
    expect(reasons(lookOf(null, 20, 'healthy'), baseline, 0.6)).toEqual([]);
  });
});
