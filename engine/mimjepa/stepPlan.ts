// What fixes the shapes of one training step: the configuration, how many patches stay visible, and how it is computed.
import type { RunConfig } from '../contract/config.ts';
import { gridSide, imagesAtOnce, keptPatchCount, patchCount } from '../contract/config.ts';
import type { TensorSpec } from '../runtime/program.ts';
import { adamWInputSpecs } from '../nn/adamW.ts';
import { noiseInputSpecs } from '../nn/noise.ts';
import type { NoiseSite } from '../nn/noise.ts';
import { transformerNoiseSites } from '../model/noiseSites.ts';
import { visiblePatchSpec } from '../model/patchEmbedding.ts';
import { encoderShape, predictorShape, sequenceLength } from '../model/transformer.ts';
import { visibleMapSpecs } from '../model/visibleMaps.ts';
import type { GridLayout } from '../model/visibleMaps.ts';
import { visiblePixelSpec } from '../model/visibleTokenizer.ts';

/**
 * `visible` computes visible patches only in the context tokenizer and dropped tokens only at the end of target encoder
 * and predictor; every image must have the same number of visible patches. `dense` computes everything and masks: the
 * plain statement of the method, for tests and for keep masks that differ in size.
 */
export type StepStructure = 'visible' | 'dense';

export interface StepPlan {
  readonly config: RunConfig;
  readonly structure: StepStructure;
  /** B, images computed at once: the whole batch, or a part of it (see microBatches.ts). */
  readonly batchSize: number;
  /** K, visible patches of each image; of no meaning for a dense step. */
  readonly keptCount: number;
  readonly noiseSites: readonly NoiseSite[];
}

export const contextNoisePrefix = 'noise/context/';
export const predictorNoisePrefix = 'noise/predictor/';

export interface PlanOptions {
  /** Default: `visible`. */
  readonly structure?: StepStructure;
  /** K where it is not the one that the masking implies. */
  readonly keptCount?: number;
  /** B where it is not what the configuration computes at once. */
  readonly batchSize?: number;
}

/** The plan of a run's steps. */
export function planStep(config: RunConfig, options: PlanOptions = {}): StepPlan {
  const { model } = config;
  const batchSize = options.batchSize ?? imagesAtOnce(config.optimizer);
  const structure = options.structure ?? 'visible';
  const keptCount = options.keptCount ?? keptPatchCount(config);
  const chosenTokens = structure === 'visible' ? patchCount(model) - keptCount : undefined;
  return {
    config,
    structure,
    batchSize,
    keptCount,
    noiseSites: [
      ...transformerNoiseSites(model, encoderShape(model), { prefix: contextNoisePrefix, batchSize }),
      ...transformerNoiseSites(model, predictorShape(model), {
        prefix: predictorNoisePrefix,
        batchSize,
        chosenTokens,
      }),
    ],
  };
}

/** The visible patches of a batch. */
export function gridLayout(plan: StepPlan): GridLayout {
  const { batchSize, keptCount } = plan;
  return { batchSize, gridSide: gridSide(plan.config.model), visibleCount: batchSize * keptCount };
}

/** Names of the int32 inputs that say where tokens lie in the batch. */
export const placeNames = {
  /** [B·N]: for each place the visible patch that goes there, or B·K for the mask embedding. */
  source: 'places/source',
  /** [B·K]: place of each visible patch. */
  kept: 'places/kept',
  /** [B·M]: place of each dropped patch. */
  dropped: 'places/dropped',
  /** [B·M]: row of each dropped patch in the sequences with registers. */
  droppedRows: 'places/droppedRows',
  /** [B·L]: for each row of the sequences which dropped patch it is, or B·M. */
  droppedRowsInverse: 'places/droppedRowsInverse',
} as const;

function visibleInputSpecs(plan: StepPlan): TensorSpec[] {
  const { model } = plan.config;
  const layout = gridLayout(plan);
  const all = plan.batchSize * patchCount(model);
  const sequences = plan.batchSize * sequenceLength(model);
  const dropped = all - layout.visibleCount;
  const places = (name: string, count: number): TensorSpec => ({ name, shape: [count], type: 'int32' });
  return [
    ...(model.tokenizer === 'scott'
      ? [visiblePixelSpec(layout, model.inChannels), ...visibleMapSpecs(layout)]
      : [visiblePatchSpec(model, layout.visibleCount)]),
    places(placeNames.source, all),
    places(placeNames.kept, layout.visibleCount),
    places(placeNames.dropped, dropped),
    places(placeNames.droppedRows, dropped),
    places(placeNames.droppedRowsInverse, sequences),
  ];
}

/** Everything that is fed on each step. */
export function stepInputSpecs(plan: StepPlan): TensorSpec[] {
  const { model } = plan.config;
  const images = [plan.batchSize, model.inChannels, model.imageSize, model.imageSize];
  const context: TensorSpec[] =
    plan.structure === 'visible'
      ? visibleInputSpecs(plan)
      : [
          { name: 'contextImages', shape: images, type: 'float32' },
          { name: 'keepMask', shape: [plan.batchSize, patchCount(model)], type: 'float32' },
        ];
  return [
    ...context,
    { name: 'targetImages', shape: images, type: 'float32' },
    ...adamWInputSpecs,
    { name: 'emaMomentum', shape: [1], type: 'float32' },
    ...noiseInputSpecs(plan.noiseSites),
  ];
}
