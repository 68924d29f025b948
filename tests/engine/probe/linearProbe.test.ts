import { describe, expect, test } from 'vitest';
import { scoreLinear } from '../../../engine/probe/linearModel.ts';
import { fitLinearProbe } from '../../../engine/probe/linearProbe.ts';
import { createLogisticSolver } from '../../../engine/probe/logistic.ts';
import { scoreAgainstLabels } from '../../../engine/probe/metrics.ts';
import type { ProbeData } from '../../../engine/probe/probeData.ts';
import { measureStandardisation, standardiseRows, takeLabels } from '../../../engine/probe/probeData.ts';
import { createRidgeSolver } from '../../../engine/probe/ridge.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { createSyntheticData, rowRange } from './syntheticData.ts';

/** Twelve images, three dimensions, three classes, from a formula; scikit-learn 1.9 gave the expected weights below. */
function tinyProblem() {
  const features = Float32Array.from({ length: 36 }, (_, at) => {
    const i = Math.floor(at / 3);
    const j = at % 3;
    return ((i * 7 + j * 5) % 11) / 4 + (j === 0 ? i % 3 : 0);
  });
  const labels = Int32Array.from({ length: 12 }, (_, i) => i % 3);
  const rows = rowRange(0, 12);
  const featureSet = { name: 'tiny', features, dimensions: 3 };
  return { x: standardiseRows(featureSet, rows, measureStandardisation(featureSet, rows)), labels };
}

const ridgeWeights = [
  [-0.12013194, -0.07563352, 0.19844748],
  [0.07250099, -0.02076827, -0.06126085],
  [0.04763095, 0.09640179, -0.13718663],
].flat();
const logisticWeights = [
  [-0.392984, -0.317353, 0.655286],
  [0.201335, 0.018141, -0.220885],
  [0.191649, 0.299213, -0.434402],
].flat();
const logisticBias = [-0.19500162642140573, 0.16439552544575475, 0.03060610097565095];

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(tolerance));
}

const clearData = createSyntheticData({
  seed: 1,
  classCount: 5,
  dimensions: 12,
  separation: 1,
  sizes: { train: 100, validation: 60, test: 200 },
});

describe('solvers against scikit-learn', () => {
  test('ridge weights equal the closed form of sklearn.linear_model.Ridge', () => {
    const { x, labels } = tinyProblem();
    const fit = createRidgeSolver(x, labels, 3)(0.1);
    expectClose(fit.weights.data, ridgeWeights, 1e-7);
    expectClose(fit.bias, [1 / 3, 1 / 3, 1 / 3], 1e-12);
  });

  test('logistic weights equal those of sklearn.linear_model.LogisticRegression', () => {
    const { x, labels } = tinyProblem();
    const fit = createLogisticSolver(x, labels, 3)(0.1);
    // The fit stops at a gradient of 1e-4; over the penalty of 0.1 that leaves 1e-3 in the weights.
    expectClose(fit.weights.data, logisticWeights, 1e-3);
    const mean = fit.bias.reduce((a, b) => a + b, 0) / 3;
    expectClose(
      fit.bias.map((value) => value - mean),
      logisticBias,
      1e-3,
    );
  });

  test('the image form and the dimension form of ridge give the same weights', () => {
    const { x, labels } = tinyProblem();
    // 20 columns of noise make the images (12) fewer than the dimensions (23).
    const random = new CounterRandom(3);
    const wide = {
      rows: 12,
      columns: 23,
      data: Float64Array.from({ length: 12 * 23 }, (_, at) =>
        at % 23 < 3 ? x.data[Math.floor(at / 23) * 3 + (at % 23)]! : random.nextNormal(),
      ),
    };
    for (let j = 3; j < 23; j++) {
      const mean = Array.from({ length: 12 }, (_, i) => wide.data[i * 23 + j]!).reduce((a, b) => a + b) / 12;
      for (let i = 0; i < 12; i++) wide.data[i * 23 + j]! -= mean;
    }
    const dual = createRidgeSolver(wide, labels, 3)(0.1);
    const { weights } = dual;
    const residual = gradientOfRidge(wide, labels, weights.data, 0.1);
    expect(residual).toBeLessThan(1e-10);
  });
});

/** Largest entry of the gradient of ‖Y − XW − b‖²/n + penalty·‖W‖², halved; 0 at the optimum. */
function gradientOfRidge(
  x: { rows: number; columns: number; data: Float64Array },
  labels: Int32Array,
  weights: Float64Array,
  penalty: number,
): number {
  let largest = 0;
  for (let c = 0; c < 3; c++) {
    for (let j = 0; j < x.columns; j++) {
      let sum = penalty * weights[c * x.columns + j]!;
      for (let i = 0; i < x.rows; i++) {
        let residual = (labels[i] === c ? 1 : 0) - 1 / 3;
        for (let k = 0; k < x.columns; k++)
          residual -= x.data[i * x.columns + k]! * weights[c * x.columns + k]!;
        sum -= (residual * x.data[i * x.columns + j]!) / x.rows;
      }
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest;
}

describe.each(['ridge', 'logistic'] as const)('linear probe, %s', (kind) => {
  test('finds classes that are linearly separable but for noise', () => {
    const outcome = fitLinearProbe(clearData, kind);
    const { top1 } = scoreAgainstLabels(
      outcome.testScores,
      takeLabels(clearData.labels, clearData.splits.test),
    );
    expect(top1).toBeGreaterThan(0.85);
    expect(outcome.selection.validationImages).toBe(60);
    expect(outcome.selection.candidates.map(({ setting }) => setting)).toContain(outcome.selection.chosen);
  });

  test('reads chance where labels carry nothing', () => {
    const random = new CounterRandom(5);
    const shuffled = { ...clearData, labels: clearData.labels.map(() => random.nextInteger(5)) };
    const outcome = fitLinearProbe(shuffled, kind);
    const { top1 } = scoreAgainstLabels(
      outcome.testScores,
      takeLabels(shuffled.labels, shuffled.splits.test),
    );
    expect(Math.abs(top1 - 0.2)).toBeLessThan(0.1);
  });

  test('test labels and test features change neither the chosen setting nor the weights', () => {
    const before = fitLinearProbe(clearData, kind);
    const [set] = clearData.featureSets;
    const labels = clearData.labels.slice();
    const features = set!.features.slice();
    for (const row of clearData.splits.test) {
      labels[row] = (labels[row]! + 1) % 5;
      for (let j = 0; j < 12; j++) features[row * 12 + j]! *= -100;
    }
    const after = fitLinearProbe({ ...clearData, labels, featureSets: [{ ...set!, features }] }, kind);
    expect(after.selection).toEqual(before.selection);
    expect(after.model.weights.data).toEqual(before.model.weights.data);
    expect(after.model.standardisation).toEqual(before.model.standardisation);
  });

  test('validation labels choose the setting but do not enter the fit at a given penalty', () => {
    const labels = clearData.labels.slice();
    for (const row of clearData.splits.validation) labels[row] = (labels[row]! + 2) % 5;
    const before = fitLinearProbe(clearData, kind);
    const after = fitLinearProbe({ ...clearData, labels }, kind);
    expect(after.selection.candidates).not.toEqual(before.selection.candidates);
    expect(after.model.standardisation).toEqual(before.model.standardisation);
  });

  test('a rescaled, shifted feature makes no difference', () => {
    const [set] = clearData.featureSets;
    const features = set!.features.map((value, at) => (at % 12 === 3 ? value * 64 + 128 : value));
    const before = fitLinearProbe(clearData, kind);
    const after = fitLinearProbe({ ...clearData, featureSets: [{ ...set!, features }] }, kind);
    expect(after.selection.chosen).toBe(before.selection.chosen);
    expectClose(after.testScores.data, Array.from(before.testScores.data), 1e-3);
  });

  test('a constant feature is ignored', () => {
    const [set] = clearData.featureSets;
    const features = new Float32Array(clearData.labels.length * 13);
    clearData.labels.forEach((_, row) => {
      features.set(set!.features.subarray(row * 12, row * 12 + 12), row * 13);
      features[row * 13 + 12] = 7.25;
    });
    const outcome = fitLinearProbe(
      { ...clearData, featureSets: [{ name: 'more', features, dimensions: 13 }] },
      kind,
    );
    expect(outcome.testScores.data.every(Number.isFinite)).toBe(true);
    expectClose(outcome.testScores.data, Array.from(fitLinearProbe(clearData, kind).testScores.data), 1e-6);
  });

  test('of several feature sets the validation images pick the informative one', () => {
    const [good] = clearData.featureSets;
    const random = new CounterRandom(8);
    const noise = { name: 'noise', dimensions: 12, features: good!.features.map(() => random.nextNormal()) };
    const outcome = fitLinearProbe({ ...clearData, featureSets: [noise, good!] }, kind);
    expect(outcome.features).toBe('synthetic');
    expect(outcome.selection.chosen).toMatch(/^synthetic, penalty /);
  });

  test('the fitted model scores the test rows as the outcome did', () => {
    const outcome = fitLinearProbe(clearData, kind);
    const again = scoreLinear(outcome.model, outcome.featureSet, clearData.splits.test);
    expect(again.data).toEqual(outcome.testScores.data);
  });

  test('more dimensions than images still fit', () => {
    const wide = createSyntheticData({
      seed: 4,
      classCount: 3,
      dimensions: 150,
      separation: 0.6,
      sizes: { train: 45, validation: 30, test: 90 },
    });
    const outcome = fitLinearProbe(wide, kind);
    const { top1 } = scoreAgainstLabels(outcome.testScores, takeLabels(wide.labels, wide.splits.test));
    expect(top1).toBeGreaterThan(0.8);
  });
});

describe('what cannot carry a probe is refused', () => {
  const refused = (change: Partial<ProbeData>) => () => fitLinearProbe({ ...clearData, ...change });
  const impossible = expect.objectContaining({ code: 'probe.impossible' });

  test('an empty part, an overlap, a single class, an unlabelled image', () => {
    const { splits, labels } = clearData;
    expect(refused({ splits: { ...splits, validation: new Int32Array(0) } })).toThrow(impossible);
    expect(refused({ splits: { ...splits, test: splits.train } })).toThrow(impossible);
    expect(refused({ labels: labels.map(() => 0) })).toThrow(impossible);
    expect(refused({ labels: labels.map((label, row) => (row === 3 ? -1 : label)) })).toThrow(impossible);
    expect(refused({ featureSets: [] })).toThrow(impossible);
  });

  test('features that are not finite, or too few', () => {
    const [set] = clearData.featureSets;
    const broken = set!.features.slice();
    broken[30] = Number.NaN;
    expect(refused({ featureSets: [{ ...set!, features: broken }] })).toThrow(
      'feature 6 of image 2 (synthetic) is not a finite number',
    );
    expect(refused({ featureSets: [{ ...set!, features: broken.subarray(1) }] })).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
  });
});
