// Linear probe on frozen, pooled features. Standardisation and weights come from the training images alone, features and
// penalty from the validation images; the test images are only scored. There is no refit on validation images, so that
// every rung of the ladder has learned from the same labels.
import type { Selection } from '../contract/results.ts';
import type { Matrix } from './denseMatrix.ts';
import type { LinearModel } from './linearModel.ts';
import { scoreLinear, scoreStandardised } from './linearModel.ts';
import { createLogisticSolver } from './logistic.ts';
import type { FeatureSet, ProbeData } from './probeData.ts';
import { assertProbeData, measureStandardisation, standardiseRows, takeLabels } from './probeData.ts';
import type { LinearFit } from './ridge.ts';
import { createRidgeSolver } from './ridge.ts';
import type { Tried } from './selection.ts';
import { chooseBest, describeSelection, isBetter, judgeSetting } from './selection.ts';

export type LinearProbeKind = 'ridge' | 'logistic';

/** What a probe on pooled features returns. */
export interface ProbeOutcome {
  /** [splits.test.length, classes], rows in the order of splits.test. */
  readonly testScores: Matrix;
  readonly selection: Selection;
  /** The chosen features' name. */
  readonly features: string;
}

/** A fitted linear probe can also score images that come later. */
export interface LinearProbeOutcome extends ProbeOutcome {
  readonly model: LinearModel;
  readonly featureSet: FeatureSet;
  readonly penalty: number;
}

interface LinearSetting {
  readonly featureSet: FeatureSet;
  readonly model: LinearModel;
  readonly penalty: number;
}

/** Penalties from the strongest to the weakest, a decade apart; the two half decades around the best follow. */
const penaltyGrid: Readonly<Record<LinearProbeKind, readonly number[]>> = {
  ridge: [1e3, 1e2, 10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5],
  logistic: [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5],
};
/** Logistic fits slow down as the penalty falls: its path ends after this many settings without a gain. */
const patience: Readonly<Record<LinearProbeKind, number>> = { ridge: Number.POSITIVE_INFINITY, logistic: 2 };

const solvers = { ridge: createRidgeSolver, logistic: createLogisticSolver } as const;

/** Tries one feature set's penalties; each candidate is judged on validation rows. */
function tryPenalties(
  data: ProbeData,
  featureSet: FeatureSet,
  kind: LinearProbeKind,
): Tried<LinearSetting>[] {
  const { labels, splits, classCount } = data;
  const standardisation = measureStandardisation(featureSet, splits.train);
  const train = standardiseRows(featureSet, splits.train, standardisation);
  const validation = standardiseRows(featureSet, splits.validation, standardisation);
  const validationLabels = takeLabels(labels, splits.validation);
  const solve: (penalty: number) => LinearFit = solvers[kind](
    train,
    takeLabels(labels, splits.train),
    classCount,
  );
  const attempt = (penalty: number): Tried<LinearSetting> => {
    const { weights, bias } = solve(penalty);
    const setting = { featureSet, penalty, model: { standardisation, weights, bias } };
    const scores = scoreStandardised(validation, weights, bias);
    return judgeSetting(
      `${featureSet.name}, penalty ${penalty.toPrecision(2)}`,
      setting,
      scores,
      validationLabels,
    );
  };
  const tried: Tried<LinearSetting>[] = [];
  let sinceGain = 0;
  for (const penalty of penaltyGrid[kind]) {
    const candidate = attempt(penalty);
    sinceGain = tried.length === 0 || isBetter(candidate, chooseBest(tried)) ? 0 : sinceGain + 1;
    tried.push(candidate);
    if (sinceGain >= patience[kind]) break;
  }
  const best = chooseBest(tried).value.penalty;
  tried.push(attempt(best * Math.sqrt(10)), attempt(best / Math.sqrt(10)));
  // Strongest first, so that of equals the stronger penalty is kept.
  return tried.sort((a, b) => b.value.penalty - a.value.penalty);
}

/**
 * Fits a linear probe for every feature set and penalty on the training rows, keeps the one with the best validation
 * top-1 and scores the test rows with it. `ridge` is exact (closed form); `logistic` is the usual softmax regression.
 * Throws probe.impossible and tensor.shape as assertProbeData does.
 */
export function fitLinearProbe(data: ProbeData, kind: LinearProbeKind = 'ridge'): LinearProbeOutcome {
  assertProbeData(data);
  const tried = data.featureSets.flatMap((featureSet) => tryPenalties(data, featureSet, kind));
  const chosen = chooseBest(tried);
  const { featureSet, model, penalty } = chosen.value;
  const grid = tried.filter((candidate) => candidate.value.featureSet === featureSet);
  const atGridEdge = chosen === grid[0] || chosen === grid.at(-1);
  return {
    testScores: scoreLinear(model, featureSet, data.splits.test),
    selection: describeSelection(tried, chosen, {
      validationImages: data.splits.validation.length,
      atGridEdge,
    }),
    features: featureSet.name,
    model,
    featureSet,
    penalty,
  };
}
