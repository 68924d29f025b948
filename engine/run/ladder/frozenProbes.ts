// Probes on the frozen features of one network: what a linear layer, neighbours or an attentive head make of them.
import type { EncoderName, ModelConfig } from '../../contract/config.ts';
import type { FrozenProbeKind } from '../../contract/contract.ts';
import type { Selection } from '../../contract/results.ts';
import { BatchOrder } from '../../data/batchOrder.ts';
import { createStepSchedule } from '../../mimjepa/schedules.ts';
import { createTokenSource, fitAttentiveProbe } from '../../probe/attentiveProbe.ts';
import type { Matrix } from '../../probe/denseMatrix.ts';
import { fitKnn } from '../../probe/knn.ts';
import { fitLinearProbe } from '../../probe/linearProbe.ts';
import {
  describeMeans,
  describeMeansAndSpreads,
  joinFeatureSets,
  type Layer,
  type PooledLayer,
} from '../../probe/pooledFeatures.ts';
import type { FeatureSet } from '../../probe/probeData.ts';
import type { Executor } from '../../runtime/program.ts';
import type { EncodedImages } from '../encodeImages.ts';
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

interface FrozenProbeRequest {
  readonly probe: FrozenProbeKind;
  readonly data: LadderData;
  readonly encoded: EncodedImages;
  readonly model: ModelConfig;
  readonly encoder: EncoderName;
  readonly executor: Executor;
  readonly seed: number;
}

/** Fits one probe; all its choices are made on validation images. Throws probe.impossible. */
export async function fitFrozenProbe(request: FrozenProbeRequest): Promise<FrozenProbeOutcome> {
  const { probe, data, encoded, model, executor, seed } = request;
  const { labels, splits, classes } = data;
  if (probe === 'ridge' || probe === 'logistic' || probe === 'knn') {
    const featureSets = listFeatureSets(encoded.pooled, model.depth);
    const probeData = { featureSets, labels, classCount: classes.length, splits };
    return probe === 'knn' ? fitKnn(probeData) : fitLinearProbe(probeData, probe);
  }
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
