// Looks at the features while a run trains: does kNN on labelled images beat random weights, do the features spread?
// Never sees a test image.
import type { MonitorConfig, RunConfig } from '../../contract/config.ts';
import { CounterRandom } from '../../random/counterRandom.ts';
import { scoreKnn } from '../../probe/knn.ts';
import { scoreAgainstLabels } from '../../probe/metrics.ts';
import { describeMeans } from '../../probe/pooledFeatures.ts';
import { takeLabels, type FeatureSet } from '../../probe/probeData.ts';
import { measureSpread } from '../../probe/spread.ts';
import type { SpreadReport } from '../../contract/results.ts';
import type { ImageEncoder } from '../encodeImages.ts';
import type { RunImage } from '../runImages.ts';

/** What one look found. */
export interface FeatureLook {
  /** Top-1 of kNN on validation images; null where there are no labelled train and validation images. */
  readonly knn: number | null;
  readonly spread: SpreadReport;
  readonly durationMs: number;
}

/** The images of the looks of one run. */
export interface MonitorSet {
  readonly images: readonly RunImage[];
  readonly labels: Int32Array;
  /** Rows of labelled train images and validation images; either may be empty. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * At most `maxImages` images, the same ones at each look: up to a third from validation, the rest from train. Unlabelled
 * images only tell about the spread.
 */
export function selectMonitorSet(
  images: readonly RunImage[],
  monitor: MonitorConfig,
  seed: number,
): MonitorSet {
  const draw = (part: 'train' | 'validation', most: number) => {
    const pool = images.filter((image) => image.part === part);
    const order = new CounterRandom(seed, 'monitor', part).nextPermutation(pool.length);
    return Array.from(order.subarray(0, most), (index) => pool[index]!);
  };
  const validation = draw('validation', Math.floor(monitor.maxImages / 3));
  const train = draw('train', monitor.maxImages - validation.length);
  const chosen = [...train, ...validation];
  const rowsOf = (part: 'train' | 'validation') =>
    Int32Array.from(chosen.keys()).filter((row) => chosen[row]!.part === part && chosen[row]!.label >= 0);
  return {
    images: chosen,
    labels: Int32Array.from(chosen, (image) => image.label),
    train: rowsOf('train'),
    validation: rowsOf('validation'),
  };
}

export class FeatureMonitor {
  readonly #config: RunConfig;
  readonly #encoder: ImageEncoder;
  readonly #set: MonitorSet;
  readonly #classCount: number;

  constructor(config: RunConfig, encoder: ImageEncoder, set: MonitorSet, classCount: number) {
    this.#config = config;
    this.#encoder = encoder;
    this.#set = set;
    this.#classCount = classCount;
  }

  /** Encodes the images with an encoder's weights and measures the mean of the last block's tokens. */
  async look(weights: Readonly<Record<string, Float32Array>>): Promise<FeatureLook> {
    const startedMs = performance.now();
    const { model } = this.#config;
    const last = model.depth - 1;
    const encoded = await this.#encoder.encode({
      model,
      weights,
      images: this.#set.images,
      layers: [last],
    });
    const features = describeMeans(encoded.pooled[0]!, model.depth);
    const spread = measureSpread(features.features, features.dimensions);
    return { knn: this.#scoreKnn(features), spread, durationMs: performance.now() - startedMs };
  }

  #scoreKnn(features: FeatureSet): number | null {
    const { labels, train, validation } = this.#set;
    if (train.length === 0 || validation.length === 0) return null;
    const neighbours = this.#config.monitor.knnNeighbours;
    const scores = scoreKnn(features, labels, this.#classCount, { train, query: validation, neighbours });
    return scoreAgainstLabels(scores, takeLabels(labels, validation)).top1;
  }
}

/** What a person should be warned about. */
export interface LookWarning {
  readonly reason: 'collapsed' | 'noBetterThanRandom';
  readonly message: string;
}

/** The same measures on random weights, from the look before the first step. */
export interface LookBaseline {
  readonly knn: number | null;
  readonly effectiveRank: number;
}

/** Collapse is judged once this share of the steps is done: at the very start features narrow for a while. */
const collapseFromShare = 0.1;
/** kNN is compared with random weights once this share of the steps is done; before, falling behind is usual. */
const comparedFromShare = 0.5;

/** Warnings in plain words; `share` of the steps done, `baseline` null where there was no look at random weights. */
export function judgeLook(look: FeatureLook, baseline: LookBaseline | null, share: number): LookWarning[] {
  const warnings: LookWarning[] = [];
  const { health, effectiveRank } = look.spread;
  // Images that already look alike to random weights are the images' own doing.
  const isNarrower = baseline === null || effectiveRank < baseline.effectiveRank;
  if (share >= collapseFromShare && health === 'collapsed' && isNarrower) {
    warnings.push({
      reason: 'collapsed',
      message:
        'The features have collapsed: all images look nearly the same to the model. Further training will hardly ' +
        'help; try a smaller learning rate or a larger EMA momentum.',
    });
  }
  const randomKnn = baseline?.knn ?? null;
  if (share < comparedFromShare || look.knn === null || randomKnn === null) return warnings;
  // Where random weights already name every image rightly, there is nothing to be better at.
  if (look.knn <= randomKnn && look.knn < 1) {
    warnings.push({
      reason: 'noBetterThanRandom',
      message:
        `So far the features are no better than those of an untrained model: nearest neighbours name ` +
        `${toPercent(look.knn)} of the validation images rightly, with random weights ${toPercent(randomKnn)}.`,
    });
  }
  return warnings;
}

function toPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
