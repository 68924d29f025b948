// From test scores to one rung of the ladder: metrics, intervals, predictions.
import type { EncoderName } from '../../contract/config.ts';
import type { LadderRow, ProbeKind, Protocol, Selection } from '../../contract/results.ts';
import { computeAccuracyIntervals } from '../../probe/accuracyInterval.ts';
import type { Matrix } from '../../probe/denseMatrix.ts';
import { computeMetrics, readPredictions } from '../../probe/metrics.ts';
import type { LadderData } from './ladderData.ts';

/** What a rung is, besides its numbers. */
export interface RowFacts {
  readonly name: string;
  readonly kind: LadderRow['kind'];
  readonly probe: ProbeKind;
  readonly encoder: EncoderName | null;
  readonly features: string;
  readonly protocol: Protocol;
  readonly split: string;
  readonly seed: number;
  readonly seconds: number;
  readonly selection: Selection;
}

/** testScores: [test images, classes], rows in the order of data.splits.test. */
export function buildLadderRow(data: LadderData, testScores: Matrix, facts: RowFacts): LadderRow {
  const predictions = readPredictions(testScores, data.testLabels, data.testIds);
  const { n, top1, top5, balancedAccuracy, perClass, confusion } = computeMetrics(predictions, data.classes);
  const intervals = computeAccuracyIntervals(predictions, data.testUnits, facts.seed);
  return {
    ...facts,
    n,
    top1,
    top5,
    balancedAccuracy,
    ci95: [intervals.top1.low, intervals.top1.high],
    ci95Balanced: [intervals.balanced.low, intervals.balanced.high],
    interval: intervals.top1.method,
    perClass,
    confusion,
    trainImages: data.splits.train.length,
    predictions,
  };
}
