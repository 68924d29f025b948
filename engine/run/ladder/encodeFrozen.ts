// What probes on frozen features start from: one network's features of the labelled images and of views of them.
import type { FrozenProbeKind } from '../../contract/answers.ts';
import type { RunConfig } from '../../contract/config.ts';
import type { ImageEncoder } from '../encodeImages.ts';
import type { EncoderWeights } from '../export/encoderSafetensors.ts';
import { probedLayers, viewsOfTrainImages, type FrozenFeatures } from './frozenProbes.ts';
import type { LadderData } from './ladderData.ts';

export interface EncodeFrozenRequest {
  readonly imageEncoder: ImageEncoder;
  readonly config: RunConfig;
  readonly data: LadderData;
  /** Which probes will be fitted: some need tokens, some need views. */
  readonly probes: readonly FrozenProbeKind[];
  /** What the network is called where progress is told. */
  readonly name: string;
  readonly weights: EncoderWeights;
  readonly onProgress?: (step: string, share: number | null) => void;
}

/** Features of all labelled images, and of views of the training images where a linear probe needs them. */
export async function encodeFrozen(request: EncodeFrozenRequest): Promise<FrozenFeatures> {
  const { imageEncoder, config, data, probes, name, weights, onProgress } = request;
  const { model, augment, seed } = config;
  const layers = probedLayers(model);
  const images = await imageEncoder.encode({
    model,
    weights,
    images: data.images,
    layers,
    keepTokens: probes.some((probe) => probe === 'simple' || probe === 'multihead' || probe === 'cross'),
    onProgress: (done, total) => onProgress?.(`${name}: features`, done / total),
  });
  if (!probes.some((probe) => probe === 'ridge' || probe === 'logistic')) return { images, views: null };
  const views = await imageEncoder.encodeViews({
    model,
    weights,
    images: Array.from(data.splits.train, (row) => data.images[row]!),
    layers,
    augment,
    views: viewsOfTrainImages,
    seed,
    onProgress: (done, total) => onProgress?.(`${name}: features of augmented views`, done / total),
  });
  return { images, views };
}
