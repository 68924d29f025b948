import { describe, expect, test } from 'vitest';
import { fitKnn, scoreKnn } from '../../../engine/probe/knn.ts';
import { rankClasses, scoreAgainstLabels } from '../../../engine/probe/metrics.ts';
import { takeLabels } from '../../../engine/probe/probeData.ts';
import { createSyntheticData, rowRange } from './syntheticData.ts';

const data = createSyntheticData({
  seed: 2,
  classCount: 4,
  dimensions: 10,
  separation: 1,
  sizes: { train: 120, validation: 60, test: 160 },
});

describe('k nearest neighbours', () => {
  test('finds clustered classes', () => {
    const outcome = fitKnn(data);
    const { top1 } = scoreAgainstLabels(outcome.testScores, takeLabels(data.labels, data.splits.test));
    expect(top1).toBeGreaterThan(0.85);
  });

  test('test labels do not change the chosen number of neighbours', () => {
    const labels = data.labels.slice();
    for (const row of data.splits.test) labels[row] = 3 - labels[row]!;
    expect(fitKnn({ ...data, labels }).selection).toEqual(fitKnn(data).selection);
  });

  test('never asks for more neighbours than there are training images', () => {
    const few = {
      ...data,
      splits: { train: rowRange(0, 4), validation: rowRange(4, 20), test: rowRange(24, 20) },
    };
    expect(fitKnn(few).neighbours).toBeLessThanOrEqual(3);
  });

  test('a nearer neighbour outvotes a farther one', () => {
    // Standardised on the four training points, the query lies beside the first point and across from the others.
    const features = Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1, 0.9, 0.1);
    const featureSet = { name: 'cross', features, dimensions: 2 };
    const labels = Int32Array.of(1, 0, 0, 0, 1);
    const votes = scoreKnn(featureSet, labels, 2, {
      train: rowRange(0, 4),
      query: rowRange(4, 1),
      neighbours: 4,
    });
    expect(votes.data[1]).toBeGreaterThan(votes.data[0]!);
  });

  test('equal votes go to the lower class, equal similarities to the earlier image', () => {
    const features = Float32Array.of(1, 0, 1, 0, -1, 0, -1, 0, 1, 0);
    const featureSet = { name: 'twins', features, dimensions: 2 };
    const labels = Int32Array.of(1, 0, 0, 1, 0);
    const rows = { train: rowRange(0, 4), query: rowRange(4, 1) };
    const nearest = scoreKnn(featureSet, labels, 2, { ...rows, neighbours: 1 });
    expect(rankClasses(nearest, 0, 2)).toEqual([1, 0]);
    const both = scoreKnn(featureSet, labels, 2, { ...rows, neighbours: 2 });
    expect(both.data[0]).toBe(both.data[1]);
    expect(rankClasses(both, 0, 2)).toEqual([0, 1]);
  });

  test('as many neighbours as training images count them all', () => {
    const rows = { train: rowRange(0, 30), query: rowRange(30, 5) };
    const all = scoreKnn(data.featureSets[0]!, data.labels, 4, { ...rows, neighbours: 30 });
    const more = scoreKnn(data.featureSets[0]!, data.labels, 4, { ...rows, neighbours: 500 });
    expect(more.data).toEqual(all.data);
    expect(all.data.every((votes) => votes > 0)).toBe(true);
  });

  test('no labelled training image is refused', () => {
    const rows = { train: new Int32Array(0), query: rowRange(0, 1), neighbours: 3 };
    expect(() => scoreKnn(data.featureSets[0]!, data.labels, 4, rows)).toThrow(
      expect.objectContaining({ code: 'probe.impossible' }),
    );
  });
});
