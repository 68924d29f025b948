// The loop that trains any classifier program: steps, regular looks at the validation images, the best weights kept.
// It never sees a test image; scoreRows is called on those afterwards, with the weights that validation chose.
import { EngineError } from '../contract/errors.ts';
import type { CompiledProgram, Executor, NamedData, Program } from '../runtime/program.ts';
import { computeAdamWInputs } from '../nn/adamW.ts';
import { classifierAdamW, startClassifierState } from './classifierProgram.ts';
import type { Matrix } from './denseMatrix.ts';
import { createMatrix } from './denseMatrix.ts';
import { scoreAgainstLabels } from './metrics.ts';

/** Learning rate and decay of a step counted from 0. */
export type Rates = (step: number) => { readonly lr: number; readonly weightDecay: number };

/** What fixes rates: linear warm-up, flat, half a cosine; decay linear from start to end. */
export interface RateShape {
  readonly totalSteps: number;
  readonly warmupSteps: number;
  readonly lrStart: number;
  readonly lrPeak: number;
  readonly lrFinal: number;
  readonly lrFlatShare: number;
  readonly weightDecayStart: number;
  readonly weightDecayFinal: number;
}

/** Makes rates from their shape; the training room's own schedules, handed in by the caller. */
export type CreateRates = (shape: RateShape) => Rates;

/** A classifier's two programs, ready to run, and where their inputs come from. */
export interface ClassifierTask {
  readonly trainer: CompiledProgram;
  /** Its state is part of the trainer's; output `logits` [B, classes]. */
  readonly scorer: CompiledProgram;
  readonly batchSize: number;
  readonly classCount: number;
  /** [n] class numbers. */
  readonly labels: Int32Array;
  /** Inputs of a training step but for AdamW's numbers. */
  readonly stepInputs: (step: number) => Promise<NamedData>;
  /** Inputs that score the given rows, exactly batchSize of them. */
  readonly scoreInputs: (rows: Int32Array) => Promise<NamedData>;
}

export interface TrainingPlan {
  readonly initialWeights: Readonly<Record<string, Float32Array>>;
  readonly validationRows: Int32Array;
  readonly rates: Rates;
  readonly totalSteps: number;
  /** Steps between two looks at the validation images; the last step is always followed by one. */
  readonly lookEvery: number;
  /** Looks without a gain after which training stops. */
  readonly patience: number;
  /** Asked after each step; true ends training as if it had been the last step. */
  readonly isOver?: () => boolean;
}

/** One look at the validation images. */
export interface Look {
  /** Steps done. */
  readonly step: number;
  readonly top1: number;
  readonly balancedAccuracy: number;
  readonly crossEntropy: number;
  /** Mean training loss since the look before. */
  readonly trainLoss: number;
}

export interface TrainedClassifier {
  /** Weights at the best look, under the scorer's names. */
  readonly weights: NamedData;
  readonly best: Look;
  readonly looks: readonly Look[];
  readonly end: 'finished' | 'patience' | 'over';
}

/** Compiles both programs of a classifier; the caller disposes them with disposePrograms. */
export async function compilePrograms(
  executor: Executor,
  train: Program,
  score: Program,
): Promise<Pick<ClassifierTask, 'trainer' | 'scorer'>> {
  const trainer = await executor.compile(train);
  try {
    return { trainer, scorer: await executor.compile(score) };
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
}

export async function disposePrograms(programs: Pick<ClassifierTask, 'trainer' | 'scorer'>): Promise<void> {
  await programs.trainer.dispose();
  await programs.scorer.dispose();
}

/** Logits of the rows [rows.length, classes] with the weights that the scorer holds now. */
export async function scoreRows(
  task: Pick<ClassifierTask, 'scorer' | 'batchSize' | 'classCount' | 'scoreInputs'>,
  rows: Int32Array,
): Promise<Matrix> {
  const { batchSize, classCount } = task;
  const scores = createMatrix(rows.length, classCount);
  for (let first = 0; first < rows.length; first += batchSize) {
    // The last batch is filled up with its last image; those logits are not kept.
    const batch = Int32Array.from(
      { length: batchSize },
      (_, i) => rows[Math.min(first + i, rows.length - 1)]!,
    );
    const { logits } = await task.scorer.run(await task.scoreInputs(batch));
    const kept = Math.min(batchSize, rows.length - first) * classCount;
    scores.data.set(logits!.subarray(0, kept), first * classCount);
  }
  return scores;
}

/** Mean −log softmax(logits)[label]. */
function computeCrossEntropy({ data, columns }: Matrix, labels: Int32Array): number {
  let sum = 0;
  labels.forEach((label, row) => {
    const logits = data.subarray(row * columns, (row + 1) * columns);
    const largest = logits.reduce((a, b) => Math.max(a, b));
    const total = logits.reduce((acc, logit) => acc + Math.exp(logit - largest), 0);
    sum += Math.log(total) + largest - logits[label]!;
  });
  return sum / labels.length;
}

/** Higher top-1, or the same and a lower cross-entropy; anything is better than nothing. */
export function isBetterLook(a: Look, b: Look | undefined): boolean {
  if (b === undefined || a.top1 > b.top1 + 1e-9) return true;
  return a.top1 >= b.top1 - 1e-9 && a.crossEntropy < b.crossEntropy;
}

async function look(
  task: ClassifierTask,
  rows: Int32Array,
  at: Pick<Look, 'step' | 'trainLoss'>,
): Promise<{ readonly look: Look; readonly weights: NamedData }> {
  const names = task.scorer.program.state.map(({ name }) => name);
  const weights = await task.trainer.readState(names);
  await task.scorer.writeState(weights);
  const scores = await scoreRows(task, rows);
  const labels = rows.map((row) => task.labels[row]!);
  const { top1, balancedAccuracy } = scoreAgainstLabels(scores, labels);
  return {
    look: { ...at, top1, balancedAccuracy, crossEntropy: computeCrossEntropy(scores, labels) },
    weights,
  };
}

function assertFinite(loss: number, task: ClassifierTask, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new EngineError('run.diverged', `${task.trainer.program.name}: the loss at step ${step} is ${loss}`, {
    details: { step, loss },
  });
}

/**
 * Trains from the plan's initial weights and leaves the best look's weights in the scorer. Deterministic in its inputs.
 * Throws run.diverged where the loss is not finite.
 */
export async function trainClassifier(task: ClassifierTask, plan: TrainingPlan): Promise<TrainedClassifier> {
  await task.trainer.writeState(startClassifierState(plan.initialWeights));
  const looks: Look[] = [];
  let best: { readonly look: Look; readonly weights: NamedData } | undefined;
  let sinceGain = 0;
  let lossSum = 0;
  let lossCount = 0;
  let end: TrainedClassifier['end'] | null = null;
  for (let step = 0; end === null; step++) {
    const { lr, weightDecay } = plan.rates(step);
    const { loss } = await task.trainer.run({
      ...(await task.stepInputs(step)),
      ...computeAdamWInputs(step, lr, weightDecay, classifierAdamW),
    });
    assertFinite(loss![0]!, task, step);
    lossSum += loss![0]!;
    lossCount++;
    if (step + 1 >= plan.totalSteps) end = 'finished';
    else if (plan.isOver?.()) end = 'over';
    if (end === null && (step + 1) % plan.lookEvery !== 0) continue;
    const seen = await look(task, plan.validationRows, { step: step + 1, trainLoss: lossSum / lossCount });
    looks.push(seen.look);
    lossSum = lossCount = 0;
    sinceGain = isBetterLook(seen.look, best?.look) ? 0 : sinceGain + 1;
    if (sinceGain === 0) best = seen;
    if (end === null && sinceGain >= plan.patience) end = 'patience';
  }
  const { look: bestLook, weights } = best!;
  await task.scorer.writeState(weights);
  return { weights, best: bestLook, looks, end };
}
