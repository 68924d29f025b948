// The ladder: random weights → supervised from scratch → MIM-JEPA frozen, on one split, with the same probes.
import type { EncoderName } from '../../contract/config.ts';
import type { FrozenProbeKind } from '../../contract/answers.ts';
import { probeNames, type Ladder, type LadderRow, type PairedComparison } from '../../contract/results.ts';
import type { RunDetails } from '../../contract/run.ts';
import { supervisedRecipe } from '../../probe/supervisedBaseline.ts';
import { comparePaired } from '../../probe/comparison.ts';
import { describeVerdict } from '../../probe/verdict.ts';
import type { Project } from '../../project/project.ts';
import { readDataset } from '../../project/queries/datasets.ts';
import { createExecutor, type ExecutorId } from '../../runtime/executors.ts';
import type { Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { projectPixelCache } from '../training/trainingSettings.ts';
import { listRunImages } from '../runImages.ts';
import { readTrainedEncoder, sampleUntrainedEncoder } from '../trainedWeights.ts';
import { encodeFrozen } from './encodeFrozen.ts';
import { fitFrozenProbe, viewsOfTrainImages } from './frozenProbes.ts';
import { prepareLadderData, type LadderData } from './ladderData.ts';
import { buildLadderRow } from './ladderRow.ts';
import { fitSupervisedRung } from './supervisedRung.ts';

export interface LadderRequest {
  readonly project: Project;
  readonly run: RunDetails;
  /** Probes on frozen features; the first one carries the verdict. */
  readonly probes: readonly FrozenProbeKind[];
  readonly encoder: EncoderName;
  /** 0 leaves supervised training out. */
  readonly supervisedMs: number;
  readonly onProgress?: (step: string, share: number | null) => void;
  readonly signal?: AbortSignal;
}

/** Rows' names; also what sentences call them. */
export const rowNames = {
  random: 'random weights',
  supervised: 'supervised from scratch',
  pretrained: 'MIM-JEPA',
} as const;

interface Rung extends LadderRequest {
  readonly data: LadderData;
  readonly split: string;
  readonly executor: Executor;
  readonly imageEncoder: ImageEncoder;
}

/** Encodes all labelled images with one network and fits every probe on them. */
async function climbFrozen(rung: Rung, kind: 'random' | 'pretrained'): Promise<LadderRow[]> {
  const { project, run, encoder, data, probes, executor, onProgress } = rung;
  const { model, seed } = run.config;
  const startedMs = performance.now();
  const { weights } =
    kind === 'random' ? sampleUntrainedEncoder(run) : readTrainedEncoder(project, run, encoder);
  const name = rowNames[kind];
  const { imageEncoder } = rung;
  const features = await encodeFrozen({
    imageEncoder,
    config: run.config,
    data,
    probes,
    name,
    weights,
    onProgress,
  });
  const encodeSeconds = (performance.now() - startedMs) / 1000;
  const rows: LadderRow[] = [];
  for (const probe of probes) {
    onProgress?.(`${name}: ${probeNames[probe]}`, null);
    const probeStartedMs = performance.now();
    const outcome = await fitFrozenProbe({ probe, data, features, model, encoder, executor, seed });
    const row = buildLadderRow(data, outcome.testScores, {
      name,
      kind,
      probe,
      encoder: kind === 'random' ? null : encoder,
      features: outcome.features,
      protocol: run.protocol,
      split: rung.split,
      seed,
      seconds: encodeSeconds + (performance.now() - probeStartedMs) / 1000,
      selection: outcome.selection,
    });
    rows.push(row);
  }
  return rows;
}

async function climbSupervised(rung: Rung): Promise<{ row: LadderRow; epochs: number } | null> {
  const { project, run, data, executor, supervisedMs, onProgress, signal } = rung;
  if (supervisedMs <= 0) return null;
  const { config } = run;
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  const outcome = await fitSupervisedRung({
    data,
    config,
    cache: projectPixelCache(project, config.model.imageSize),
    executor,
    budgetMs: supervisedMs,
    isOver: () => {
      onProgress?.(rowNames.supervised, Math.min(1, elapsed() / supervisedMs));
      return signal?.aborted === true;
    },
  });
  const row = buildLadderRow(data, outcome.testScores, {
    name: rowNames.supervised,
    kind: 'supervised',
    probe: 'supervised',
    encoder: null,
    features: outcome.recipe,
    // Supervised training sees only the labelled training images, whatever pretraining saw.
    protocol: 'clean',
    split: rung.split,
    seed: config.seed,
    seconds: elapsed() / 1000,
    selection: outcome.selection,
  });
  return { row, epochs: outcome.epochs };
}

/** Random → MIM-JEPA for each probe, then supervised → MIM-JEPA with the first probe. */
function compareRows(
  rows: readonly LadderRow[],
  request: LadderRequest,
  data: LadderData,
): PairedComparison[] {
  const find = (kind: LadderRow['kind'], probe?: string) =>
    rows.find((row) => row.kind === kind && (probe === undefined || row.probe === probe));
  const several = request.probes.length > 1;
  const named = (row: LadderRow) => ({
    name: several && row.kind !== 'supervised' ? `${row.name} (${probeNames[row.probe]})` : row.name,
    predictions: row.predictions,
  });
  const pairs = request.probes.map(
    (probe) => [named(find('random', probe)!), named(find('pretrained', probe)!)] as const,
  );
  const supervised = find('supervised');
  if (supervised) pairs.push([named(supervised), named(find('pretrained', request.probes[0])!)]);
  return comparePaired(pairs, data.testUnits, request.run.seed);
}

/** With fewer epochs supervised training is still at its beginning, and a comparison with it says nothing. */
const fairSupervisedEpochs = supervisedRecipe.minTrialEpochs;

function listNotes(
  data: LadderData,
  { run, probes, encoder, supervisedMs }: LadderRequest,
  supervisedEpochs: number | null,
): string[] {
  const notes = [
    `Settings of every row were chosen on ${data.splits.validation.length} validation images; the ${data.splits.test.length} test images were only scored.`,
    `MIM-JEPA: the ${encoder} encoder after ${run.step} steps, frozen.`,
  ];
  if (probes.some((probe) => probe === 'ridge' || probe === 'logistic')) {
    notes.push(
      `Linear probes learned from each training image and ${viewsOfTrainImages} augmented views of it, in every row alike.`,
    );
  }
  if (run.protocol === 'transductive') {
    notes.push('Transductive protocol: pretraining saw the test images, without their classes.');
  }
  if (data.testUnits.kind === 'groups') {
    notes.push(`Intervals resample ${data.testUnits.count} groups of test images, not single images.`);
  }
  notes.push(
    'Intervals cover which images were tested, not the luck of one training run: repeat with other seeds before relying on a small difference.',
  );
  if (probes.length > 1) notes.push(`The verdict is that of the first probe, ${probeNames[probes[0]!]}.`);
  if (supervisedEpochs === null) notes.push('Supervised training from scratch was left out.');
  else if (supervisedEpochs < fairSupervisedEpochs) {
    notes.push(
      `Supervised training saw each image only ${supervisedEpochs === 1 ? 'once' : `${supervisedEpochs} times`} in its ${Math.round(supervisedMs / 1000)} seconds: too few for a fair comparison. Give it more time.`,
    );
  }
  return notes;
}

/** Opens what all rungs share, and closes it again. */
async function withRung<Result>(
  request: LadderRequest,
  climb: (rung: Rung) => Promise<Result>,
): Promise<Result> {
  const { project, run } = request;
  const { classes, images, splitName } = listRunImages(project.database, run.splitId);
  const data = prepareLadderData({ classes, images });
  const executor = await createExecutor(run.executor as ExecutorId);
  const imageEncoder = new ImageEncoder(executor, {
    cache: projectPixelCache(project, run.config.model.imageSize),
  });
  try {
    return await climb({ ...request, data, split: splitName, executor, imageEncoder });
  } finally {
    await executor.dispose();
  }
}

/** One probe on the pretrained features alone. Throws as runLadder does. */
export async function fitPretrainedProbe(request: LadderRequest): Promise<LadderRow> {
  return (await withRung(request, (rung) => climbFrozen(rung, 'pretrained')))[0]!;
}

/** Climbs the ladder for a run. Throws probe.impossible, run.state, checkpoint.corrupt, executor.failed. */
export function runLadder(request: LadderRequest): Promise<Ladder> {
  const { project, run, probes } = request;
  return withRung(request, async (rung) => {
    const random = await climbFrozen(rung, 'random');
    const pretrained = await climbFrozen(rung, 'pretrained');
    const supervised = await climbSupervised(rung);
    const rows = [...random, ...(supervised ? [supervised.row] : []), ...pretrained];
    const comparisons = compareRows(rows, request, rung.data);
    return {
      dataset: readDataset(project.database, run.datasetId).name,
      protocol: run.protocol,
      split: rung.split,
      classes: rung.data.classes,
      rows,
      comparisons,
      verdict: describeVerdict({
        overRandom: comparisons[0]!,
        // A row that hardly trained is shown, with a note, but nothing is concluded from it.
        overSupervised:
          supervised && supervised.epochs >= fairSupervisedEpochs ? comparisons[probes.length] : undefined,
      }),
      notes: listNotes(rung.data, request, supervised?.epochs ?? null),
    };
  });
}
