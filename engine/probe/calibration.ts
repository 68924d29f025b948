// From scores that only rank classes to probabilities: a softmax whose temperature is fitted on images that the scores
// were not fitted on (temperature scaling; Guo et al., arXiv 1706.04599). It changes no prediction.
import type { Matrix } from './denseMatrix.ts';
import { createMatrix } from './denseMatrix.ts';

const smallestTemperature = 1e-3;
const largestTemperature = 1e2;
const searchSteps = 60;
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Probabilities [n, C]: softmax of scores [n, C] over a temperature. */
export function softmaxRows(scores: Matrix, temperature: number): Matrix {
  const { rows, columns } = scores;
  const out = createMatrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, scores.data[start + c]!);
    let total = 0;
    for (let c = 0; c < columns; c++) {
      const value = Math.exp((scores.data[start + c]! - largest) / temperature);
      out.data[start + c] = value;
      total += value;
    }
    for (let c = 0; c < columns; c++) out.data[start + c]! /= total;
  }
  return out;
}

/** Mean cross-entropy against targets that give the true class `trust` and the others the rest in equal parts. */
function computeLoss(scores: Matrix, labels: Int32Array, trust: number, temperature: number): number {
  const { columns, data } = scores;
  const rest = (1 - trust) / (columns - 1);
  let loss = 0;
  labels.forEach((label, row) => {
    const own = data.subarray(row * columns, (row + 1) * columns);
    const largest = own.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const total = own.reduce((sum, score) => sum + Math.exp((score - largest) / temperature), 0);
    own.forEach((score, c) => {
      const logProbability = (score - largest) / temperature - Math.log(total);
      loss -= (c === label ? trust : rest) * logProbability;
    });
  });
  return loss / labels.length;
}

/**
 * The temperature under which the scores [n, C], C ≥ 2, explain the labels [n] best. The loss is convex in the inverse
 * temperature, so a golden-section search over the logarithm finds its minimum. Few images that are all right would ask
 * for certainty; Platt's targets, (n + 1)/(n + 2) for the true class, keep them from that.
 */
export function fitTemperature(scores: Matrix, labels: Int32Array): number {
  const trust = (labels.length + 1) / (labels.length + 2);
  const lossAt = (logTemperature: number) => computeLoss(scores, labels, trust, Math.exp(logTemperature));
  let low = Math.log(smallestTemperature);
  let high = Math.log(largestTemperature);
  for (let step = 0; step < searchSteps; step++) {
    const left = high - goldenRatio * (high - low);
    const right = low + goldenRatio * (high - low);
    if (lossAt(left) < lossAt(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}
