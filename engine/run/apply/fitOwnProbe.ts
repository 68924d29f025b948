// The probe that applies a run to new images: the ladder's ridge probe on the run's own images, what it is worth there, and
// the same probe on random weights beside it.
import type { EncoderName } from '../../contract/config.ts';
import type { RunDetails } from '../../contract/run.ts';
import { computeAccuracyIntervals } from '../../probe/accuracyInterval.ts';
import { fitTemperature } from '../../probe/calibration.ts';
import type { Matrix } from '../../probe/denseMatrix.ts';
import { scoreLinear } from '../../probe/linearModel.ts';
import { fitLinearProbe } from '../../probe/linearProbe.ts';
import { readPredictions, scoreAgainstLabels } from '../../probe/metrics.ts';
import { takeLabels, type ProbeData } from '../../probe/probeData.ts';
import type { Project } from '../../project/project.ts';
import { listProbes } from '../../project/queries/probes.ts';
import type { Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { encodeFrozen, type EncodeFrozenRequest } from '../ladder/encodeFrozen.ts';
import { assembleLinearData } from '../ladder/frozenProbes.ts';
import { prepareLadderData, type LadderData } from '../ladder/ladderData.ts';
import { listRunImages } from '../runImages.ts';
import { readTrainedEncoder, sampleUntrainedEncoder } from '../trainedWeights.ts';
import { projectPixelCache } from '../training/trainingSettings.ts';

export interface FitRequest {
  readonly project: Project;
  readonly run: RunDetails;
  readonly encoder: EncoderName;
  /** May throw to give up. */
  readonly onProgress: (step: string, share: number | null) => void;
}

export interface FittedProbe {
  readonly probe: ReturnType<typeof fitLinearProbe>;
  readonly temperature: number;
  readonly classes: readonly string[];
  /** How it was fitted and how sure its scores are. */
  readonly notes: readonly string[];
}

type Encoding = Omit<EncodeFrozenRequest, 'name' | 'weights'>;

/**
 * Fits the probe, its settings chosen on validation images as in the ladder, its scores calibrated on them. Throws
 * probe.impossible, run.state (no checkpoint), checkpoint.corrupt, executor.failed, and what onProgress throws.
 */
export async function fitOwnProbe(request: FitRequest, executor: Executor): Promise<FittedProbe> {
  const { project, run, encoder, onProgress } = request;
  const { config } = run;
  const data = prepareLadderData(listRunImages(project.database, run.splitId));
  const imageEncoder = new ImageEncoder(executor, {
    cache: projectPixelCache(project, config.model.imageSize),
  });
  try {
    const encoding = { imageEncoder, config, data, probes: ['ridge'] as const, onProgress };
    const { weights } = readTrainedEncoder(project, run, encoder);
    const features = await encodeFrozen({ ...encoding, name: 'The run’s own images', weights });
    onProgress('Fitting the probe', null);
    const linear = assembleLinearData(features, data, config.model);
    const probe = fitLinearProbe(linear, 'ridge');
    const { validation } = linear.splits;
    const scores = scoreLinear(probe.model, probe.featureSet, validation);
    const random = findRandomTop1(project, run, data) ?? (await measureRandomTop1(run, encoding));
    return {
      probe,
      temperature: fitTemperature(scores, takeLabels(linear.labels, validation)),
      classes: data.classes,
      notes: describeProbe({ linear, probe, scores, random, data }, run, encoder),
    };
  } finally {
    await imageEncoder.dispose();
  }
}

/** What the run's ladder measured of this very probe on random weights; null where there is none on the same images. */
function findRandomTop1({ database }: Project, run: RunDetails, { splits }: LadderData): number | null {
  const known = listProbes(database, run.id).find(
    ({ numbers, splitId }) =>
      numbers.kind === 'random' &&
      numbers.probe === 'ridge' &&
      numbers.n === splits.test.length &&
      splitId === run.splitId,
  );
  return known?.numbers.top1 ?? null;
}

async function measureRandomTop1(run: RunDetails, encoding: Encoding): Promise<number> {
  const { weights } = sampleUntrainedEncoder(run);
  const features = await encodeFrozen({ ...encoding, name: 'Random weights, to compare', weights });
  const linear = assembleLinearData(features, encoding.data, run.config.model);
  return scoreTest(linear, fitLinearProbe(linear, 'ridge').testScores);
}

const scoreTest = ({ labels, splits }: ProbeData, scores: Matrix): number =>
  scoreAgainstLabels(scores, takeLabels(labels, splits.test)).top1;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The ladder's own interval of the share that was right. */
function describeInterval(
  { testLabels, testIds, testUnits }: LadderData,
  scores: Matrix,
  seed: number,
): string {
  const predictions = readPredictions(scores, testLabels, testIds);
  const { low, high } = computeAccuracyIntervals(predictions, testUnits, seed).top1;
  return `${percent(low)} to ${percent(high)}`;
}

interface ProbeFacts {
  readonly linear: ProbeData;
  readonly probe: FittedProbe['probe'];
  /** Of the validation images. */
  readonly scores: Matrix;
  /** Top-1 of the same probe on random weights, on the same test images. */
  readonly random: number;
  readonly data: LadderData;
}

function describeProbe(
  { linear, probe, scores, random, data }: ProbeFacts,
  { step, protocol, config }: RunDetails,
  encoder: EncoderName,
): string[] {
  const { labels, splits } = linear;
  const validation = scoreAgainstLabels(scores, takeLabels(labels, splits.validation));
  const interval = describeInterval(data, probe.testScores, config.seed);
  const role = protocol === 'clean' ? 'took no part in anything' : 'pretraining saw without their classes';
  return [
    `A ridge probe on the ${probe.features} of the ${encoder} encoder after ${step} steps, penalty ${probe.penalty.toPrecision(2)}, fitted on the run's training images and views of them.`,
    `On images with known classes it was right for ${percent(scoreTest(linear, probe.testScores))} (95 % interval ${interval}) of the ${splits.test.length} test images, which ${role}; the same probe on random weights for ${percent(random)}. Of the ${splits.validation.length} validation images, which chose its settings, it was right for ${percent(validation.top1)}.`,
    `Scores are probabilities over the known classes, calibrated on the ${splits.validation.length} validation images; they hold for images taken in the same way, and may be a little too sure, as the same images chose the probe's settings. An image of a class that the run does not know still gets one of the known classes.`,
  ];
}
