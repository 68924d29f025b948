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
import type { ClassifierTask, CreateRates, RateShape, TrainedClassifier } from './trainClassifier.ts';
import { compilePrograms, disposePrograms, scoreRows, trainClassifier } from './trainClassifier.ts';

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
  lrPeak: 5e-4,
  lrFinal: 1e-5,
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

/** Each look as a candidate: what was chosen on validation is when to stop. */
export function describeLooks(
  trained: TrainedClassifier,
  stepsPerEpoch: number,
  validationImages: number,
): Selection {
  const say = (step: number) => `epoch ${Math.round(step / stepsPerEpoch)}`;
  return {
    criterion: 'validation top-1',
    validationImages,
    candidates: trained.looks.map(({ step, top1, balancedAccuracy }) => ({
      setting: say(step),
      validationTop1: top1,
      validationBalancedAccuracy: balancedAccuracy,
    })),
    chosen: say(trained.best.step),
    atGridEdge: trained.best === trained.looks.at(-1) && trained.looks.length > 1,
  };
}

/**
 * Trains a head on the training rows' tokens, keeps the epoch with the best validation top-1 (then the lowest validation
 * loss) and scores the test rows. Deterministic in the seed. Throws probe.impossible, run.diverged.
 */
export async function fitAttentiveProbe(options: AttentiveProbeOptions): Promise<AttentiveProbeOutcome> {
  assertLabelledSplits(options);
  const { splits, tokens, seed } = options;
  const layout = layoutOf(options);
  const stepsPerEpoch = Math.ceil(splits.train.length / layout.batchSize);
  const epochs = planHeadEpochs(stepsPerEpoch);
  const totalSteps = epochs * stepsPerEpoch;
  const shape: RateShape = {
    ...headRecipe,
    totalSteps,
    warmupSteps: Math.floor(totalSteps * headRecipe.warmupShare),
  };
  const programs = await compilePrograms(options.executor, headProgram(layout), headScoreProgram(layout));
  try {
    const task = createTask(options, layout, programs);
    const trained = await trainClassifier(task, {
      initialWeights: sampleHeadState(layout, seed),
      validationRows: splits.validation,
      rates: options.createRates(shape),
      totalSteps,
      lookEvery: stepsPerEpoch,
      patience: Math.ceil(epochs / 2),
      isOver: options.isOver,
    });
    return {
      testScores: await scoreRows(task, splits.test),
      selection: describeLooks(trained, stepsPerEpoch, splits.validation.length),
      features: tokens.name,
      epochs: Math.round(trained.looks.at(-1)!.step / stepsPerEpoch),
    };
  } finally {
    await disposePrograms(programs);
  }
}
