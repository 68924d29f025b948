// Probes on the frozen features of one network: what a linear layer, neighbours or an attentive head make of them.
import type { EncoderName, ModelConfig } from '../../contract/config.ts';
import type { FrozenProbeKind } from '../../contract/answers.ts';
import type { Selection } from '../../contract/results.ts';
import { BatchOrder } from '../../data/batchOrder.ts';
import { createStepSchedule } from '../../mimjepa/schedules.ts';
import { createTokenSource, fitAttentiveProbe } from '../../probe/attentiveProbe.ts';
import type { Matrix } from '../../probe/denseMatrix.ts';
import { fitKnn } from '../../probe/knn.ts';
import { fitLinearProbe } from '../../probe/linearProbe.ts';
import {
  appendRows,
  describeMeans,
  describeMeansAndSpreads,
  joinFeatureSets,
  type Layer,
  type PooledLayer,
} from '../../probe/pooledFeatures.ts';
import type { FeatureSet, ProbeData } from '../../probe/probeData.ts';
import type { Executor } from '../../runtime/program.ts';
import type { EncodedImages, EncodedViews } from '../encodeImages.ts';
import type { LadderData } from './ladderData.ts';

export interface FrozenProbeOutcome {
  readonly testScores: Matrix;
  readonly selection: Selection;
  readonly features: string;
}

/** Layers whose tokens are offered to probes: the tokenizer, the middle block, the last. */
export function probedLayers(model: ModelConfig): Layer[] {
  return [...new Set<Layer>(['tokenizer', Math.floor((model.depth - 1) / 2), model.depth - 1])];
}

/**
 * The candidates among which the validation images choose, the same for every network: mean, and mean and spread, of the
 * last block's tokens, and mean and spread of all probed layers together.
 */
export function listFeatureSets(pooled: readonly PooledLayer[], depth: number): FeatureSet[] {
  const last = pooled.at(-1)!;
  const spreads = pooled.map((layer) => describeMeansAndSpreads(layer, depth));
  return [
    describeMeans(last, depth),
    describeMeansAndSpreads(last, depth),
    joinFeatureSets('mean and spread of tokenizer, middle and last block', spreads),
  ];
}

/**
 * Random views of each training image that linear probes learn from besides the image itself, drawn as in pretraining.
 * The reference trains its heads on augmented images too (src/eval.py); every rung gets the same.
 */
export const viewsOfTrainImages = 6;

/** Features of the images, and of the views of training images where a linear probe is asked for. */
export interface FrozenFeatures {
  readonly images: EncodedImages;
  /** Rows are views of data.splits.train[imageIndices[row]]. */
  readonly views: EncodedViews | null;
}

/** Images and views as one table: the images' rows first, the views' rows added to the training part. */
export function assembleLinearData(
  { images, views }: FrozenFeatures,
  data: LadderData,
  model: ModelConfig,
): ProbeData {
  const own = listFeatureSets(images.pooled, model.depth);
  const { labels, splits, classes } = data;
  if (!views) return { featureSets: own, labels, classCount: classes.length, splits };
  const drawn = listFeatureSets(views.pooled, model.depth);
  const featureSets = own.map((set, index) => appendRows(set, drawn[index]!));
  const viewLabels = views.imageIndices.map((index) => labels[splits.train[index]!]!);
  const viewRows = viewLabels.map((_, index) => labels.length + index);
  return {
    featureSets,
    labels: Int32Array.from([...labels, ...viewLabels]),
    classCount: classes.length,
    splits: { ...splits, train: Int32Array.from([...splits.train, ...viewRows]) },
  };
}

interface FrozenProbeRequest {
  readonly probe: FrozenProbeKind;
  readonly data: LadderData;
  readonly features: FrozenFeatures;
  readonly model: ModelConfig;
  readonly encoder: EncoderName;
  readonly executor: Executor;
  readonly seed: number;
}

/** Fits one probe; all its choices are made on validation images. Throws probe.impossible. */
export async function fitFrozenProbe(request: FrozenProbeRequest): Promise<FrozenProbeOutcome> {
  const { probe, data, features, model, executor, seed } = request;
  const { labels, splits, classes } = data;
  if (probe === 'ridge' || probe === 'logistic') {
    return fitLinearProbe(assembleLinearData(features, data, model), probe);
  }
  const encoded = features.images;
  if (probe === 'knn') return fitKnn(assembleLinearData({ images: encoded, views: null }, data, model));
  return fitAttentiveProbe({
    head: probe,
    tokens: createTokenSource(
      'tokens of the last block',
      encoded.tokens!,
      encoded.tokenCount,
      model.embedDim,
    ),
    labels,
    classCount: classes.length,
    splits,
    seed,
    executor,
    createRates: (shape) => {
      const schedule = createStepSchedule({ ...shape, emaStart: 1, emaFinal: 1 });
      return (step) => schedule.at(step);
    },
    createOrder: (count, batchSize) => {
      const order = new BatchOrder(count, batchSize, seed, 'attentiveProbe');
      return (step) => order.imagesOfStep(step);
    },
  });
}
