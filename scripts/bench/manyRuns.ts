// Very many runs for measuring: their rows put in by the project's own queries, as their trainers would have left them.
import { presets } from '../../engine/contract/presets.ts';
import type { Ladder, LadderRow } from '../../engine/contract/results.ts';
import type { MetricName } from '../../engine/contract/run.ts';
import type { Project } from '../../engine/project/project.ts';
import { listClasses } from '../../engine/project/queries/datasets.ts';
import { insertMetrics, type MetricPoint } from '../../engine/project/queries/metrics.ts';
import { insertLadder } from '../../engine/project/queries/probes.ts';
import { insertRunEvent } from '../../engine/project/queries/runEvents.ts';
import {
  annotateRun,
  changeRunState,
  insertRun,
  updateRunProgress,
} from '../../engine/project/queries/runs.ts';
import { listPartIds, listStoredFiles } from '../../engine/project/queries/imagePages.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';

export interface ManyRuns {
  readonly datasetId: number;
  readonly splitId: number;
  readonly runs: number;
  readonly points: number;
  /** So many, the newest, have every curve of a training step and a ladder; the others the loss and the looks. */
  readonly whole: number;
}

const looks = 50;
const stepCurves: readonly MetricName[] = [
  'loss',
  'lr',
  'weightDecay',
  'emaMomentum',
  'gradNorm.tokenizer',
  'gradNorm.transformer',
  'gradNorm.predictor',
  'imagesPerSecond',
];
const lookCurves: readonly MetricName[] = ['knn', 'rankMe', 'effectiveRank', 'featureStd.mean'];
const tagNames = ['sweep', 'seeds', 'long', 'paper'] as const;

/** Falls and wavers, as a loss does. */
function makeCurve(name: MetricName, seed: number, steps: readonly number[], total: number): MetricPoint[] {
  const random = new CounterRandom(seed, name);
  const rises = lookCurves.includes(name);
  return steps.map((step) => {
    const done = step / total;
    const level = rises ? 0.2 + 0.4 * done : Math.exp(-3 * done);
    return { name, step, value: level * (0.9 + 0.2 * random.nextUniform()) };
  });
}

function makePoints(run: number, points: number, isWhole: boolean): MetricPoint[] {
  const steps = Array.from({ length: points }, (_, step) => step);
  const lookSteps = Array.from({ length: looks }, (_, look) => Math.floor((look * points) / looks));
  return [
    ...(isWhole ? stepCurves : stepCurves.slice(0, 1)).flatMap((name) => makeCurve(name, run, steps, points)),
    ...lookCurves.flatMap((name) => makeCurve(name, run, lookSteps, points)),
    { name: 'knn.random', step: 0, value: 0.2 },
    ...lookSteps.map((step): MetricPoint => ({ name: 'trainingSeconds', step, value: step * 0.3 })),
  ];
}

function makeRow(seed: number, classes: readonly string[], tested: readonly TestedImage[]): LadderRow {
  const random = new CounterRandom(seed, 'predictions');
  const predictions = tested.map(({ imageId, label }) => {
    const isRight = random.nextUniform() < 0.6;
    const predicted = isRight ? label : random.nextInteger(classes.length);
    return { imageId, label, predicted, topClasses: [predicted], topScores: [1] };
  });
  const confusion = classes.map(() => classes.map(() => 0));
  for (const { label, predicted } of predictions) confusion[label]![predicted]! += 1;
  const top1 = predictions.filter(({ label, predicted }) => label === predicted).length / predictions.length;
  return {
    name: 'MIM-JEPA',
    kind: 'pretrained',
    probe: 'ridge',
    encoder: 'context',
    features: 'mean of the last block',
    n: tested.length,
    top1,
    top5: null,
    balancedAccuracy: top1,
    ci95: [top1 - 0.02, top1 + 0.02],
    ci95Balanced: [top1 - 0.02, top1 + 0.02],
    interval: { kind: 'bca', draws: 2_000, resampled: 'images', units: tested.length },
    perClass: classes.map((name, at) => {
      const support = confusion[at]!.reduce((sum, count) => sum + count, 0);
      return { name, support, predicted: support, recall: null, precision: null };
    }),
    confusion,
    protocol: 'clean',
    split: 'drawn',
    seed,
    trainImages: 35_000,
    selection: {
      criterion: 'validation top-1',
      validationImages: 7_500,
      candidates: [],
      chosen: 'penalty 1',
      atGridEdge: false,
    },
    seconds: 1,
    predictions,
  };
}

interface TestedImage {
  readonly imageId: string;
  readonly label: number;
}

function listTested(project: Project, splitId: number, classes: readonly string[]): TestedImage[] {
  const numbers = new Map(classes.map((name, index) => [name, index]));
  const ids = listPartIds(project.database, splitId, ['test']);
  return listStoredFiles(project.database, ids).map(({ id, label }) => ({
    imageId: String(id),
    label: numbers.get(label ?? '') ?? 0,
  }));
}

/** Stores finished runs, each with its curves. */
export function makeManyRuns(project: Project, { datasetId, splitId, runs, points, whole }: ManyRuns): void {
  const { database } = project;
  const classes = listClasses(database, datasetId);
  const tested = listTested(project, splitId, classes);
  const config = presets.quick.config;
  const insertOne = (number: number) => {
    const isWhole = number > runs - whole;
    const runId = insertRun(database, {
      name: `lattice ${number}, seed ${number % 7}`,
      datasetId,
      splitId,
      protocol: 'clean',
      manifestHash: 'a'.repeat(64),
      config: { ...config, seed: number, optimizer: { ...config.optimizer, lrPeak: number * 1e-5 } },
      executor: 'compiled-cpu',
      versions: { thimble: '0' },
      plan: null,
      totalSteps: points,
    });
    annotateRun(database, runId, { tags: [tagNames[number % tagNames.length]!] });
    changeRunState(database, runId, 'running');
    insertMetrics(database, runId, makePoints(runId, points, isWhole));
    updateRunProgress(database, runId, points, points * 300);
    insertRunEvent(database, runId, { step: points, kind: 'finished', message: 'Did all its steps.' });
    changeRunState(database, runId, 'finished');
    if (isWhole) insertLadder(database, placeOf(runId, splitId, points), makeLadder(number, classes, tested));
  };
  for (let number = 1; number <= runs; number++) database.transaction(insertOne)(number);
}

const placeOf = (runId: number, splitId: number, step: number) => {
  return { runId, splitId, step, seed: 1, settings: {}, durationMs: 1 };
};

function makeLadder(seed: number, classes: readonly string[], tested: readonly TestedImage[]): Ladder {
  return {
    dataset: 'very many',
    protocol: 'clean',
    split: 'drawn',
    classes,
    rows: [makeRow(seed, classes, tested)],
    comparisons: [],
    verdict: { helps: true, sentence: 'It helps.', advice: [] } as unknown as Ladder['verdict'],
    notes: [],
  };
}
