import { describe, expect, test } from 'vitest';
import type { MetricSeries } from '../../../engine/contract/run.ts';
import { curveLimits, joinCurves, nextStep, thinCurve } from '../../../renderer/screens/run/curves.ts';
import { placeSteps } from '../../../renderer/state/curveAxis.ts';

const loss = (steps: readonly number[], value = (step: number) => step): MetricSeries => ({
  name: 'loss',
  steps,
  values: steps.map(value),
});
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

describe('curves that grow', () => {
  test('new points follow the old ones, and replace those of the same steps', () => {
    const first = joinCurves(new Map(), [loss([0, 1, 2])]);
    expect(nextStep(first)).toBe(3);
    const joined = joinCurves(first, [loss([2, 3], () => 9)]);
    expect(joined.get('loss')).toEqual({ steps: [0, 1, 2, 3], values: [0, 1, 9, 9] });
    expect(joinCurves(joined, [loss([])]).get('loss')).toBe(joined.get('loss'));
  });

  test('a curve of 20,000 points stays small, ends where it ends and keeps its spike', () => {
    let curves = joinCurves(new Map(), []);
    for (let from = 0; from < 20_000; from += 10) {
      curves = joinCurves(curves, [loss(upTo(10, from), (step) => (step === 7777 ? 50 : Math.sin(step)))]);
    }
    const { steps, values } = curves.get('loss')!;
    expect(steps.length).toBeLessThanOrEqual(curveLimits.most);
    expect(steps.at(-1)).toBe(19_999);
    expect(values).toContain(50);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  test('thinning leaves a short curve as it is', () => {
    const curve = { steps: [1, 2], values: [3, 4] };
    expect(thinCurve(curve, 2)).toBe(curve);
  });
});

describe('the horizontal axis', () => {
  const of = { stepsPerEpoch: 4, seconds: { steps: [10, 20], values: [30, 60] }, secondsPerStep: 3 };

  test('counts steps, epochs or minutes of training', () => {
    expect(placeSteps([0, 8], 'step', of)).toEqual([0, 8]);
    expect(placeSteps([0, 8], 'epoch', of)).toEqual([0, 2]);
    expect(placeSteps([0, 5, 10, 15, 40], 'time', of)).toEqual([0, 0.25, 0.5, 0.75, 2]);
  });

  test('without noted times the mean pace tells', () => {
    const unknown = { ...of, seconds: { steps: [], values: [] } };
    expect(placeSteps([20], 'time', unknown)).toEqual([1]);
  });
});
