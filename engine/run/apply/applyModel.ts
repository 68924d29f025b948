// Predicts the classes of new images with what a run has learned: the ladder's ridge probe, fitted on the run's own
// training images. Nothing is stored in the project.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EncoderName } from '../../contract/config.ts';
import type { ImageRecord, ScanProgress, ScanReport } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import type { RunDetails } from '../../contract/run.ts';
import { scanImages } from '../../data/scanImages.ts';
import { softmaxRows } from '../../probe/calibration.ts';
import type { Matrix } from '../../probe/denseMatrix.ts';
import { scoreLinear } from '../../probe/linearModel.ts';
import { describeMeansAndSpreads } from '../../probe/pooledFeatures.ts';
import type { FeatureSet } from '../../probe/probeData.ts';
import type { Project } from '../../project/project.ts';
import { createExecutor, type ExecutorId } from '../../runtime/executors.ts';
import type { Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { listFeatureSets, probedLayers } from '../ladder/frozenProbes.ts';
import { cancelledError } from '../processes/giveUp.ts';
import { listRunImages } from '../runImages.ts';
import { readTrainedEncoder } from '../trainedWeights.ts';
import { executorOptions, projectPixelCache } from '../training/trainingSettings.ts';
import { fitOwnProbe } from './fitOwnProbe.ts';

export interface ApplyRequest {
  readonly project: Project;
  readonly run: RunDetails;
  readonly encoder: EncoderName;
  /** Folder or table of new images. */
  readonly path: string;
  readonly onScan: (progress: ScanProgress) => void;
  /** May throw to give up. */
  readonly onProgress: (step: string, share: number | null) => void;
  readonly signal?: AbortSignal;
}

export interface Predictions {
  readonly images: readonly ImageRecord[];
  readonly quarantinedCount: number;
  readonly classes: readonly string[];
  /** [images, classes]: calibrated, each row sums to 1. */
  readonly probabilities: Matrix;
  /** Mean and spread of the last block's tokens. */
  readonly features: FeatureSet;
  /** How the probe was fitted and how sure its scores are. */
  readonly notes: readonly string[];
}

async function scanNewImages({ path, onScan, signal }: ApplyRequest): Promise<ScanReport> {
  const report = await scanImages(resolve(path), { signal }, onScan);
  if (report.cancelled) throw cancelledError();
  if (report.images.length > 0) return report;
  throw new EngineError('dataset.empty', `There is no usable image in ${path}.`, {
    details: { path, quarantined: report.quarantined.length },
  });
}

/** New images are read once, so their pixels are kept nowhere. */
async function encodeNewImages(
  { project, run, encoder, onProgress }: ApplyRequest,
  { images, rootFolder }: ScanReport,
  executor: Executor,
): Promise<{ featureSets: readonly FeatureSet[]; features: FeatureSet }> {
  const { model } = run.config;
  const folder = mkdtempSync(join(tmpdir(), 'thimble-apply-'));
  const cache = { ...projectPixelCache(project, model.imageSize), folder, maxBytes: 0 };
  const imageEncoder = new ImageEncoder(executor, { cache });
  try {
    const { pooled } = await imageEncoder.encode({
      model,
      weights: readTrainedEncoder(project, run, encoder).weights,
      images: images.map(({ relativePath, sha256, width, height }) => {
        return { path: resolve(rootFolder, relativePath), sha256, width, height };
      }),
      layers: probedLayers(model),
      onProgress: (done, total) => onProgress('Features of the new images', done / total),
    });
    const features = describeMeansAndSpreads(pooled.at(-1)!, model.depth);
    return { featureSets: listFeatureSets(pooled, model.depth), features };
  } finally {
    await imageEncoder.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where new images lie in folders named like known classes, how often the two agree. */
function compareFolders(
  images: readonly ImageRecord[],
  classes: readonly string[],
  best: readonly number[],
): string[] {
  const known = [...images.keys()].filter((row) => classes.includes(images[row]!.label ?? ''));
  if (known.length === 0) return [];
  const agreeing = known.filter((row) => classes[best[row]!] === images[row]!.label).length;
  return [`${agreeing} of ${known.length} images that came with a known class were taken for it.`];
}

/** What the run has seen already is no test of it. */
function noteFamiliar({ project, run }: ApplyRequest, images: readonly ImageRecord[]): string[] {
  const own = new Set(listRunImages(project.database, run.splitId).images.map(({ sha256 }) => sha256));
  const familiar = images.filter(({ sha256 }) => own.has(sha256)).length;
  if (familiar === 0) return [];
  return [
    `${familiar} of these ${images.length} images are the run's own; what is said of them does not tell how good it is on new ones.`,
  ];
}

/** The columns of each row, best first. */
export function rankClasses({ columns, data }: Matrix, row: number): number[] {
  const own = data.subarray(row * columns, (row + 1) * columns);
  return [...own.keys()].sort((a, b) => own[b]! - own[a]! || a - b);
}

/**
 * Throws dataset.empty, file.missing, dataset.invalid (the new images), probe.impossible, run.state (no checkpoint),
 * checkpoint.corrupt, executor.failed, cancelled.
 */
export async function applyModel(request: ApplyRequest): Promise<Predictions> {
  const { project, run } = request;
  const report = await scanNewImages(request);
  const executor = await createExecutor(run.executor as ExecutorId, executorOptions(project));
  try {
    const { probe, temperature, classes, notes } = await fitOwnProbe(request, executor);
    const { featureSets, features } = await encodeNewImages(request, report, executor);
    const own = featureSets.find(({ name }) => name === probe.featureSet.name)!;
    const rows = Int32Array.from(report.images.keys());
    const probabilities = softmaxRows(scoreLinear(probe.model, own, rows), temperature);
    const best = Array.from(rows, (row) => rankClasses(probabilities, row)[0]!);
    return {
      images: report.images,
      quarantinedCount: report.quarantined.length,
      classes,
      probabilities,
      features,
      notes: [
        ...notes,
        ...compareFolders(report.images, classes, best),
        ...noteFamiliar(request, report.images),
      ],
    };
  } finally {
    await executor.dispose();
  }
}
