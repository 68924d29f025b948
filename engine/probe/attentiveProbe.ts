// An attentive head trained on frozen tokens.
// DIFFERS: stored tokens without augmentation, fewer epochs (docs/decisions/008-attentive-heads-on-frozen-tokens.md).
import type { Selection } from '../contract/results.ts';
import type { Executor } from '../runtime/program.ts';
import { sampleNoise } from '../nn/noise.ts';
import { softenLabels } from './classifierProgram.ts';
import type { Matrix } from './denseMatrix.ts';
import type { AttentiveHeadId, HeadLayout } from './headProgram.ts';
import { headNoiseSites, headProgram, headScoreProgram, sampleHeadState } from './headProgram.ts';
import type { ProbeSplits } from './probeData.ts';
import { assertLabelledSplits, takeLabels } from './probeData.ts';
import type { ClassifierTask, CreateRates, TrainedClassifier } from './trainClassifier.ts';
import {
  compilePrograms,
  disposePrograms,
  isBetterLook,
  scoreRows,
  trainClassifier,
} from './trainClassifier.ts';

/** Frozen, layer-normalised tokens of images, read by row. */
export interface TokenSource {
  /** In words, e.g. `tokens of last block`. */
  readonly name: string;
  readonly tokenCount: number;
  readonly embedDim: number;
  /** [rows.length, N, D]; a row may be asked for twice. */
  readonly read: (rows: Int32Array) => Promise<Float32Array>;
}

/** Tokens that are all in memory: [n, N, D]. */
export function createTokenSource(
  name: string,
  tokens: Float32Array,
  tokenCount: number,
  embedDim: number,
): TokenSource {
  const size = tokenCount * embedDim;
  return {
    name,
    tokenCount,
    embedDim,
    read: async (rows) => {
      const out = new Float32Array(rows.length * size);
      rows.forEach((row, i) => out.set(tokens.subarray(row * size, (row + 1) * size), i * size));
      return out;
    },
  };
}

/** The official heads' numbers. */
export const headRecipe = {
  batchSize: 64,
  numHeads: 4,
  epochs: 40,
  /** A small set needs more epochs for as many steps; never more than maxEpochs. */
  minSteps: 600,
  maxEpochs: 200,
  warmupShare: 0.2,
  lrStart: 1e-6,
  /** The official rate, and one for features that want a faster head; validation chooses. */
  lrPeaks: [5e-4, 2e-3],
  /** The last rate as a share of the peak, as officially. */
  lrFinalShare: 0.02,
  lrFlatShare: 0.72,
  weightDecayStart: 0.04,
  weightDecayFinal: 0.4,
} as const;

export interface AttentiveProbeOptions {
  readonly head: AttentiveHeadId;
  readonly tokens: TokenSource;
  readonly labels: Int32Array;
  readonly classCount: number;
  readonly splits: ProbeSplits;
  readonly seed: number;
  readonly executor: Executor;
  readonly createRates: CreateRates;
  /** Positions 0 … count − 1 of the batch at a step: each epoch every position once, in a new order. */
  readonly createOrder: (count: number, batchSize: number) => (step: number) => Int32Array;
  readonly isOver?: () => boolean;
}

export interface AttentiveProbeOutcome {
  /** [splits.test.length, classes]: logits. */
  readonly testScores: Matrix;
  readonly selection: Selection;
  readonly features: string;
  readonly epochs: number;
}

/** Epochs for a training set: the recipe's, more for small sets. */
export function planHeadEpochs(stepsPerEpoch: number): number {
  const wanted = Math.max(headRecipe.epochs, Math.ceil(headRecipe.minSteps / stepsPerEpoch));
  return Math.min(headRecipe.maxEpochs, wanted);
}

function layoutOf({ head, tokens, classCount }: AttentiveProbeOptions): HeadLayout {
  // Heads divide the width; the official four do for every width that is a multiple of four.
  const numHeads = tokens.embedDim % headRecipe.numHeads === 0 ? headRecipe.numHeads : 1;
  const shape = { embedDim: tokens.embedDim, numClasses: classCount, numHeads };
  return { head, shape, batchSize: headRecipe.batchSize, tokenCount: tokens.tokenCount };
}

function createTask(
  options: AttentiveProbeOptions,
  layout: HeadLayout,
  programs: Pick<ClassifierTask, 'trainer' | 'scorer'>,
): ClassifierTask {
  const { tokens, labels, classCount, splits, seed } = options;
  const rowsOfStep = options.createOrder(splits.train.length, layout.batchSize);
  const sites = headNoiseSites(layout);
  return {
    ...programs,
    batchSize: layout.batchSize,
    classCount,
    labels,
    stepInputs: async (step) => {
      const rows = rowsOfStep(step).map((position) => splits.train[position]!);
      return {
        tokens: await tokens.read(rows),
        targets: softenLabels(takeLabels(labels, rows), classCount, 0),
        ...sampleNoise(sites, seed, step),
      };
    },
    scoreInputs: async (rows) => ({ tokens: await tokens.read(rows) }),
  };
}

interface Trial {
  readonly lrPeak: number;
  readonly trained: TrainedClassifier;
}

/** Trains once with each learning rate, from the same initial weights and over the same batches. */
async function tryRates(
  options: AttentiveProbeOptions,
  task: ClassifierTask,
  layout: HeadLayout,
): Promise<Trial[]> {
  const stepsPerEpoch = countStepsPerEpoch(options);
  const epochs = planHeadEpochs(stepsPerEpoch);
  const totalSteps = epochs * stepsPerEpoch;
  const trials: Trial[] = [];
  for (const lrPeak of headRecipe.lrPeaks) {
    if (trials.length > 0 && options.isOver?.()) break;
    const rates = options.createRates({
      ...headRecipe,
      totalSteps,
      warmupSteps: Math.floor(totalSteps * headRecipe.warmupShare),
      lrPeak,
      lrFinal: lrPeak * headRecipe.lrFinalShare,
    });
    const trained = await trainClassifier(task, {
      initialWeights: sampleHeadState(layout, options.seed),
      validationRows: options.splits.validation,
      rates,
      totalSteps,
      lookEvery: stepsPerEpoch,
      patience: Math.ceil(epochs / 2),
      isOver: options.isOver,
    });
    trials.push({ lrPeak, trained });
  }
  return trials;
}

function countStepsPerEpoch({ splits }: AttentiveProbeOptions): number {
  return Math.ceil(splits.train.length / headRecipe.batchSize);
}

/** Each look of each trial as a candidate: the rate and when to stop are what validation chose. */
function describeTrials(options: AttentiveProbeOptions, trials: readonly Trial[], chosen: Trial): Selection {
  const stepsPerEpoch = countStepsPerEpoch(options);
  const say = (lrPeak: number, step: number) =>
    `learning rate ${lrPeak}, epoch ${Math.round(step / stepsPerEpoch)}`;
  return {
    criterion: 'validation top-1',
    validationImages: options.splits.validation.length,
    candidates: trials.flatMap(({ lrPeak, trained }) =>
      trained.looks.map(({ step, top1, balancedAccuracy }) => ({
        setting: say(lrPeak, step),
        validationTop1: top1,
        validationBalancedAccuracy: balancedAccuracy,
      })),
    ),
    chosen: say(chosen.lrPeak, chosen.trained.best.step),
    atGridEdge: chosen.trained.looks.length > 1 && chosen.trained.best === chosen.trained.looks.at(-1),
  };
}

/**
 * Trains a head on the training rows' tokens, keeps the learning rate and epoch with the best validation top-1 (then the
 * lowest validation loss) and scores the test rows. Deterministic in the seed. Throws probe.impossible, run.diverged.
 */
export async function fitAttentiveProbe(options: AttentiveProbeOptions): Promise<AttentiveProbeOutcome> {
  assertLabelledSplits(options);
  const layout = layoutOf(options);
  const programs = await compilePrograms(options.executor, headProgram(layout), headScoreProgram(layout));
  try {
    const task = createTask(options, layout, programs);
    const trials = await tryRates(options, task, layout);
    const chosen = trials.reduce((leader, trial) =>
      isBetterLook(trial.trained.best, leader.trained.best) ? trial : leader,
    );
    await programs.scorer.writeState(chosen.trained.weights);
    return {
      testScores: await scoreRows(task, options.splits.test),
      selection: describeTrials(options, trials, chosen),
      features: options.tokens.name,
      epochs: Math.round(chosen.trained.looks.at(-1)!.step / countStepsPerEpoch(options)),
    };
  } finally {
    await disposePrograms(programs);
  }
}
