// Turns class scores into predictions and predictions into metrics.
import { EngineError } from '../contract/errors.ts';
import type { ClassMetrics, ImagePrediction, Metrics } from '../contract/results.ts';
import type { Matrix } from './denseMatrix.ts';

/** The best guesses kept for each image. */
export const keptGuesses = 5;

/** Classes of one row of scores, best first, at most `count`. Equal scores go to the lower class number. */
export function rankClasses(scores: Matrix, row: number, count: number): number[] {
  const start = row * scores.columns;
  const ranked: number[] = [];
  for (let c = 0; c < scores.columns; c++) {
    const score = scores.data[start + c]!;
    let place = ranked.length;
    while (place > 0 && scores.data[start + ranked[place - 1]!]! < score) place--;
    if (place < count) {
      ranked.splice(place, 0, c);
      if (ranked.length > count) ranked.pop();
    }
  }
  return ranked;
}

/**
 * One prediction for each row of scores [n, classes]. `imageIds` and `labels` have n entries. Throws tensor.shape where
 * they disagree, probe.impossible where a score is not a number.
 */
export function readPredictions(
  scores: Matrix,
  labels: Int32Array,
  imageIds: readonly string[],
): ImagePrediction[] {
  if (labels.length !== scores.rows || imageIds.length !== scores.rows) {
    throw new EngineError(
      'tensor.shape',
      `predictions: expected ${scores.rows} labels and ids, got ${labels.length} and ${imageIds.length}`,
    );
  }
  if (scores.data.some((value) => Number.isNaN(value)))
    throw new EngineError('probe.impossible', 'predictions: a score is not a number');
  return imageIds.map((imageId, row) => {
    const topClasses = rankClasses(scores, row, keptGuesses);
    return {
      imageId,
      label: labels[row]!,
      predicted: topClasses[0]!,
      topClasses,
      topScores: topClasses.map((c) => scores.data[row * scores.columns + c]!),
    };
  });
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function describeClasses(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): ClassMetrics[] {
  return classes.map((name, c) => {
    const support = confusion[c]!.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, row) => sum + row[c]!, 0);
    const right = confusion[c]![c]!;
    return { name, support, predicted, recall: share(right, support), precision: share(right, predicted) };
  });
}

/**
 * Metrics of predictions over the named classes; a label is an index into `classes`. Classes without an image take no
 * part in the balanced accuracy. Throws probe.impossible without predictions.
 */
export function computeMetrics(
  predictions: readonly Pick<ImagePrediction, 'label' | 'predicted' | 'topClasses'>[],
  classes: readonly string[],
): Metrics {
  if (predictions.length === 0)
    throw new EngineError('probe.impossible', 'metrics: there is no labelled image to score');
  const confusion = classes.map(() => classes.map(() => 0));
  let right = 0;
  let amongFive = 0;
  for (const { label, predicted, topClasses } of predictions) {
    confusion[label]![predicted]!++;
    if (label === predicted) right++;
    if (topClasses.slice(0, keptGuesses).includes(label)) amongFive++;
  }
  const perClass = describeClasses(confusion, classes);
  const recalls = perClass.flatMap(({ recall }) => (recall === null ? [] : [recall]));
  return {
    n: predictions.length,
    top1: right / predictions.length,
    top5: classes.length > keptGuesses ? amongFive / predictions.length : null,
    balancedAccuracy: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    perClass,
    confusion,
  };
}

/** top-1 and balanced accuracy of scores [n, classes] against labels [n]; the cheap form that selection uses. */
export function scoreAgainstLabels(
  scores: Matrix,
  labels: Int32Array,
): { readonly top1: number; readonly balancedAccuracy: number } {
  const right = new Float64Array(scores.columns);
  const support = new Float64Array(scores.columns);
  labels.forEach((label, row) => {
    support[label]!++;
    if (rankClasses(scores, row, 1)[0] === label) right[label]!++;
  });
  const present = Array.from(support.keys()).filter((c) => support[c]! > 0);
  return {
    top1: right.reduce((sum, count) => sum + count, 0) / labels.length,
    balancedAccuracy: present.reduce((sum, c) => sum + right[c]! / support[c]!, 0) / present.length,
  };
}
