// k nearest neighbours by cosine similarity of standardised features. Near neighbours count more: a vote weighs
// exp((similarity − 1)/0.07), as usual for self-supervised features. Deterministic: equals go to the lower row or class.
import { EngineError } from '../contract/errors.ts';
import type { Matrix } from './denseMatrix.ts';
import { createMatrix, multiplyByTranspose } from './denseMatrix.ts';
import type { ProbeOutcome } from './linearProbe.ts';
import type { FeatureSet, ProbeData } from './probeData.ts';
import { assertProbeData, measureStandardisation, standardiseRows, takeLabels } from './probeData.ts';
import type { Tried } from './selection.ts';
import { chooseBest, describeSelection, judgeSetting } from './selection.ts';

const voteTemperature = 0.07;
/** Larger neighbourhoods first: of equals the steadier one is kept. */
const neighbourGrid = [50, 20, 10, 5, 3, 1] as const;

export interface KnnOutcome extends ProbeOutcome {
  readonly neighbours: number;
}

/** Rows scaled to length 1, in place; a row of zeros stays. */
function normaliseRows(matrix: Matrix): Matrix {
  const { data, rows, columns } = matrix;
  for (let i = 0; i < rows; i++) {
    let squared = 0;
    for (let j = 0; j < columns; j++) squared += data[i * columns + j]! ** 2;
    const factor = squared > 0 ? 1 / Math.sqrt(squared) : 0;
    for (let j = 0; j < columns; j++) data[i * columns + j]! *= factor;
  }
  return matrix;
}

/** The training rows most similar to one query, best first: [count]. Equal similarities keep row order. */
function findNearest(similarity: Matrix, query: number, count: number): Int32Array {
  const start = query * similarity.columns;
  const nearest = new Int32Array(count);
  let held = 0;
  for (let row = 0; row < similarity.columns; row++) {
    const closeness = similarity.data[start + row]!;
    if (held === count && closeness <= similarity.data[start + nearest[count - 1]!]!) continue;
    let place = held < count ? held++ : count - 1;
    while (place > 0 && similarity.data[start + nearest[place - 1]!]! < closeness) {
      nearest[place] = nearest[place - 1]!;
      place--;
    }
    nearest[place] = row;
  }
  return nearest;
}

interface Neighbourhoods {
  readonly similarity: Matrix;
  /** For each query the nearest training rows, best first. */
  readonly nearest: readonly Int32Array[];
}

function findNeighbourhoods(
  featureSet: FeatureSet,
  trainRows: Int32Array,
  queryRows: Int32Array,
  largest: number,
): Neighbourhoods {
  const standardisation = measureStandardisation(featureSet, trainRows);
  const train = normaliseRows(standardiseRows(featureSet, trainRows, standardisation));
  const queries = normaliseRows(standardiseRows(featureSet, queryRows, standardisation));
  const similarity = multiplyByTranspose(queries, train);
  const count = Math.min(largest, trainRows.length);
  return {
    similarity,
    nearest: Array.from({ length: queryRows.length }, (_, query) => findNearest(similarity, query, count)),
  };
}

function countVotes(
  { similarity, nearest }: Neighbourhoods,
  trainLabels: Int32Array,
  classCount: number,
  neighbours: number,
): Matrix {
  const votes = createMatrix(nearest.length, classCount);
  nearest.forEach((rows, query) => {
    for (const row of rows.subarray(0, neighbours)) {
      const closeness = similarity.data[query * similarity.columns + row]!;
      votes.data[query * classCount + trainLabels[row]!]! += Math.exp((closeness - 1) / voteTemperature);
    }
  });
  return votes;
}

/**
 * Votes for each query row with a fixed number of neighbours: [queryRows.length, classes]. For looks at the features
 * while training; choosing `neighbours` is fitKnn's business. Throws probe.impossible without training rows.
 */
export function scoreKnn(
  featureSet: FeatureSet,
  labels: Int32Array,
  classCount: number,
  rows: { readonly train: Int32Array; readonly query: Int32Array; readonly neighbours: number },
): Matrix {
  if (rows.train.length === 0)
    throw new EngineError('probe.impossible', 'kNN: there is no labelled image to learn from');
  const found = findNeighbourhoods(featureSet, rows.train, rows.query, rows.neighbours);
  return countVotes(found, takeLabels(labels, rows.train), classCount, rows.neighbours);
}

/**
 * kNN whose features and number of neighbours are chosen on the validation rows, then scored on the test rows. Throws
 * probe.impossible and tensor.shape as assertProbeData does.
 */
export function fitKnn(data: ProbeData): KnnOutcome {
  assertProbeData(data);
  const { labels, splits, classCount } = data;
  const trainLabels = takeLabels(labels, splits.train);
  const validationLabels = takeLabels(labels, splits.validation);
  const grid = neighbourGrid.filter((k) => k <= splits.train.length);
  const tried = data.featureSets.flatMap((featureSet) => {
    const found = findNeighbourhoods(featureSet, splits.train, splits.validation, grid[0]!);
    return grid.map((neighbours): Tried<{ featureSet: FeatureSet; neighbours: number }> => {
      const votes = countVotes(found, trainLabels, classCount, neighbours);
      const words = `${featureSet.name}, ${neighbours} ${neighbours === 1 ? 'neighbour' : 'neighbours'}`;
      return judgeSetting(words, { featureSet, neighbours }, votes, validationLabels);
    });
  });
  const chosen = chooseBest(tried);
  const { featureSet, neighbours } = chosen.value;
  return {
    testScores: scoreKnn(featureSet, labels, classCount, {
      train: splits.train,
      query: splits.test,
      neighbours,
    }),
    selection: describeSelection(tried, chosen, {
      validationImages: splits.validation.length,
      atGridEdge: neighbours === grid[0],
    }),
    features: featureSet.name,
    neighbours,
  };
}
