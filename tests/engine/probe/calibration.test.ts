import { describe, expect, test } from 'vitest';
import { fitTemperature, softmaxRows } from '../../../engine/probe/calibration.ts';
import { createMatrix, type Matrix } from '../../../engine/probe/denseMatrix.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

/** Scores whose softmax over `temperature` is exactly how often each class is true. */
function sample(count: number, temperature: number): { scores: Matrix; labels: Int32Array } {
  const random = new CounterRandom(5, 'calibration test');
  const scores = createMatrix(count, 3);
  scores.data.forEach((_, i) => (scores.data[i] = random.nextNormal()));
  const chances = softmaxRows(scores, temperature);
  const labels = Int32Array.from({ length: count }, (_, row) => {
    const drawn = random.nextUniform();
    const [first, second] = [chances.data[3 * row]!, chances.data[3 * row + 1]!];
    return drawn < first ? 0 : drawn < first + second ? 1 : 2;
  });
  return { scores, labels };
}

describe('calibration', () => {
  test.each([0.2, 1, 5])('finds the temperature %d that the labels were drawn with', (temperature) => {
    const { scores, labels } = sample(3_000, temperature);
    expect(fitTemperature(scores, labels) / temperature).toBeCloseTo(1, 0.6);
  });

  test('rows of probabilities sum to 1 and keep the order of the scores', () => {
    const { scores } = sample(10, 1);
    const chances = softmaxRows(scores, 0.01);
    for (let row = 0; row < 10; row++) {
      const [own, raw] = [
        chances.data.subarray(3 * row, 3 * row + 3),
        scores.data.subarray(3 * row, 3 * row + 3),
      ];
      expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      expect(own.indexOf(Math.max(...own))).toBe(raw.indexOf(Math.max(...raw)));
    }
  });

  test('few images that are all right do not make it certain', () => {
    const scores = { rows: 4, columns: 2, data: Float64Array.from([0.9, 0.1, 0.1, 0.9, 0.8, 0.2, 0.2, 0.8]) };
    const temperature = fitTemperature(scores, Int32Array.from([0, 1, 0, 1]));
    const surest = Math.max(...softmaxRows(scores, temperature).data);
    expect(surest).toBeGreaterThan(0.75);
    expect(surest).toBeLessThan(0.95);
  });
});
