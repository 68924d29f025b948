import { describe, expect, test } from 'vitest';
import {
  computeMetrics,
  rankClasses,
  readPredictions,
  scoreAgainstLabels,
} from '../../../engine/probe/metrics.ts';

/** Seven images, three classes: actual 0 0 0 0 1 1 2, predicted 0 0 0 1 1 2 2. */
const labels = [0, 0, 0, 0, 1, 1, 2];
const guesses = [0, 0, 0, 1, 1, 2, 2];
const predictions = labels.map((label, i) => ({ label, predicted: guesses[i]!, topClasses: [guesses[i]!] }));

describe('metrics', () => {
  test('equal those counted by hand', () => {
    const metrics = computeMetrics(predictions, ['a', 'b', 'c']);
    expect(metrics.n).toBe(7);
    expect(metrics.top1).toBeCloseTo(5 / 7, 12);
    expect(metrics.balancedAccuracy).toBeCloseTo((3 / 4 + 1 / 2 + 1) / 3, 12);
    expect(metrics.confusion).toEqual([
      [3, 1, 0],
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(metrics.perClass).toEqual([
      { name: 'a', support: 4, predicted: 3, recall: 0.75, precision: 1 },
      { name: 'b', support: 2, predicted: 2, recall: 0.5, precision: 0.5 },
      { name: 'c', support: 1, predicted: 2, recall: 1, precision: 0.5 },
    ]);
  });

  test('a class without images has no recall and does not weigh on the balanced accuracy', () => {
    const metrics = computeMetrics(predictions, ['a', 'b', 'c', 'absent']);
    expect(metrics.perClass[3]).toEqual({
      name: 'absent',
      support: 0,
      predicted: 0,
      recall: null,
      precision: null,
    });
    expect(metrics.balancedAccuracy).toBeCloseTo(0.75, 12);
  });

  test('top-5 counts a label among the five best, and is left out where there are only five classes', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    const scores = { rows: 2, columns: 6, data: Float64Array.of(6, 5, 4, 3, 2, 1, 6, 5, 4, 3, 2, 1) };
    const read = readPredictions(scores, Int32Array.of(4, 5), ['x', 'y']);
    expect(computeMetrics(read, six).top5).toBe(0.5);
    expect(computeMetrics(predictions, ['a', 'b', 'c', 'd', 'e']).top5).toBeNull();
  });

  test('without images there is nothing to score', () => {
    expect(() => computeMetrics([], ['a', 'b'])).toThrow(
      expect.objectContaining({ code: 'probe.impossible' }),
    );
  });

  test('the short form agrees with the long one', () => {
    const data = new Float64Array(21);
    guesses.forEach((guess, i) => (data[i * 3 + guess] = 1));
    const scores = { rows: 7, columns: 3, data };
    const short = scoreAgainstLabels(scores, Int32Array.from(labels));
    const long = computeMetrics(predictions, ['a', 'b', 'c']);
    expect(short.top1).toBeCloseTo(long.top1, 12);
    expect(short.balancedAccuracy).toBeCloseTo(long.balancedAccuracy, 12);
  });
});

describe('predictions', () => {
  test('classes are ranked by score, ties to the lower class number', () => {
    const scores = { rows: 1, columns: 5, data: Float64Array.of(1, 3, 3, 0, 3) };
    expect(rankClasses(scores, 0, 5)).toEqual([1, 2, 4, 0, 3]);
    expect(rankClasses(scores, 0, 2)).toEqual([1, 2]);
  });

  test('keep each image with its best guesses and their scores', () => {
    const scores = { rows: 1, columns: 3, data: Float64Array.of(0.2, 0.7, 0.1) };
    expect(readPredictions(scores, Int32Array.of(0), ['img/1.png'])).toEqual([
      { imageId: 'img/1.png', label: 0, predicted: 1, topClasses: [1, 0, 2], topScores: [0.7, 0.2, 0.1] },
    ]);
  });

  test('a score that is not a number, or a missing label, is refused', () => {
    const scores = { rows: 1, columns: 2, data: Float64Array.of(1, Number.NaN) };
    expect(() => readPredictions(scores, Int32Array.of(0), ['a'])).toThrow(
      expect.objectContaining({ code: 'probe.impossible' }),
    );
    expect(() => readPredictions(scores, new Int32Array(0), ['a'])).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
  });
});
