// What every probe on pooled features starts from: features, labels and splits, checked once at the door.
import { EngineError } from '../contract/errors.ts';
import type { Matrix } from './denseMatrix.ts';
import { createMatrix } from './denseMatrix.ts';

/** Row numbers of each part; the parts do not overlap. */
export interface ProbeSplits {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** One way to turn images into vectors. */
export interface FeatureSet {
  /** In words, e.g. `mean of last block`. */
  readonly name: string;
  /** [n, dimensions], row by row. */
  readonly features: Float32Array;
  readonly dimensions: number;
}

/** Candidate features and one class per image. */
export interface ProbeData {
  /** At least one; where there are several, the validation images choose. */
  readonly featureSets: readonly FeatureSet[];
  /** [n] class numbers, 0 … classCount − 1; rows in no part of the split may hold anything. */
  readonly labels: Int32Array;
  readonly classCount: number;
  readonly splits: ProbeSplits;
}

function impossible(message: string, details: Readonly<Record<string, unknown>> = {}): EngineError {
  return new EngineError('probe.impossible', message, { details });
}

function assertSplits({
  splits,
  labels,
  classCount,
}: Pick<ProbeData, 'splits' | 'labels' | 'classCount'>): void {
  const owner = new Uint8Array(labels.length);
  for (const part of ['train', 'validation', 'test'] as const) {
    if (splits[part].length === 0) {
      throw impossible(`a probe needs labelled images in train, validation and test; ${part} has none`, {
        part,
      });
    }
    for (const row of splits[part]) {
      const label = labels[row];
      if (label === undefined)
        throw impossible(`${part} names row ${row}, but there are ${labels.length} rows`);
      if (label < 0 || label >= classCount)
        throw impossible(`image ${row} of ${part} has class ${label}; expected 0 to ${classCount - 1}`);
      if (owner[row] !== 0) throw impossible(`image ${row} is in more than one part of the split`, { row });
      owner[row] = 1;
    }
  }
}

function assertTrainClasses(labels: Int32Array, train: Int32Array): void {
  if (new Set(Array.from(train, (row) => labels[row])).size < 2)
    throw impossible('a probe needs at least two classes among the training images');
}

/** Throws probe.impossible unless the labels and splits can carry a probe. */
export function assertLabelledSplits(data: Pick<ProbeData, 'splits' | 'labels' | 'classCount'>): void {
  assertSplits(data);
  assertTrainClasses(data.labels, data.splits.train);
}

function assertFeatures({ name, features, dimensions }: FeatureSet, n: number): void {
  if (features.length !== n * dimensions) {
    throw new EngineError(
      'tensor.shape',
      `probe: expected ${n} × ${dimensions} features (${name}), got ${features.length} values`,
    );
  }
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw impossible(
      `feature ${bad % dimensions} of image ${Math.floor(bad / dimensions)} (${name}) is not a finite number`,
    );
  }
}

/** Throws probe.impossible unless the data can carry a probe; tensor.shape where sizes disagree. */
export function assertProbeData(data: ProbeData): void {
  if (data.featureSets.length === 0) throw impossible('a probe needs at least one set of features');
  for (const featureSet of data.featureSets) assertFeatures(featureSet, data.labels.length);
  assertLabelledSplits(data);
}

/** The labels of the given rows. */
export function takeLabels(labels: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => labels[row]!);
}

/** Mean and scale of each dimension over the training rows. A dimension that does not vary gets scale 0. */
export interface Standardisation {
  readonly mean: Float64Array;
  /** 1 / standard deviation. */
  readonly scale: Float64Array;
}

/** Measures mean and standard deviation over the given rows only. */
export function measureStandardisation(
  { features, dimensions }: FeatureSet,
  rows: Int32Array,
): Standardisation {
  const mean = new Float64Array(dimensions);
  const scale = new Float64Array(dimensions);
  for (const row of rows) {
    for (let j = 0; j < dimensions; j++) mean[j]! += features[row * dimensions + j]!;
  }
  for (let j = 0; j < dimensions; j++) mean[j]! /= rows.length;
  for (const row of rows) {
    for (let j = 0; j < dimensions; j++) scale[j]! += (features[row * dimensions + j]! - mean[j]!) ** 2;
  }
  for (let j = 0; j < dimensions; j++) {
    const deviation = Math.sqrt(scale[j]! / rows.length);
    // float32 features carry rounding noise; what varies less than that carries no information.
    scale[j] = deviation > 1e-6 * Math.max(Math.abs(mean[j]!), 1e-20) ? 1 / deviation : 0;
  }
  return { mean, scale };
}

/** The given rows, standardised: [rows.length, dimensions]. */
export function standardiseRows(
  { features, dimensions }: FeatureSet,
  rows: Int32Array,
  { mean, scale }: Standardisation,
): Matrix {
  const out = createMatrix(rows.length, dimensions);
  rows.forEach((row, i) => {
    for (let j = 0; j < dimensions; j++) {
      out.data[i * dimensions + j] = (features[row * dimensions + j]! - mean[j]!) * scale[j]!;
    }
  });
  return out;
}
