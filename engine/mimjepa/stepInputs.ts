// What one training step is fed: images, keep masks, dropout decisions and the schedule's numbers.
import type { RunConfig } from '../contract/config.ts';
import { gridSide, patchCount } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import type { NamedData, TensorData } from '../runtime/program.ts';
import { computeAdamWInputs } from '../nn/adamW.ts';
import { sampleNoise } from '../nn/noise.ts';
import { cutVisiblePatches } from '../model/patchEmbedding.ts';
import { sequenceLength } from '../model/transformer.ts';
import { computeVisibleMaps } from '../model/visibleMaps.ts';
import { cutVisiblePixels } from '../model/visibleTokenizer.ts';
import { withPrefix } from '../model/weightNames.ts';
import { sampleKeepMask } from './keepMask.ts';
import type { Schedule, ScheduleValues } from './schedules.ts';
import { gridLayout, placeNames, planStep } from './stepPlan.ts';
import type { StepPlan } from './stepPlan.ts';

/** Two views of the same images: the same crop and flip, colours changed apart. */
export interface PretrainBatch {
  /** [B, C, S, S], normalised. */
  readonly contextImages: Float32Array;
  /** [B, C, S, S], normalised. */
  readonly targetImages: Float32Array;
}

/** The keep mask of the image at one position of one step: N bytes, 1 = visible. */
export function sampleKeepMaskAt(
  config: Pick<RunConfig, 'model' | 'masking' | 'seed'>,
  step: number,
  position: number,
): Uint8Array {
  const random = new CounterRandom(config.seed, 'keepMask', step, position);
  return sampleKeepMask(config.masking, gridSide(config.model), random);
}

/** Keep masks of one step, [B, N] bytes, 1 = visible; image b's comes from the stream (seed, site, step, b). */
export function sampleKeepMasks(config: RunConfig, step: number): Uint8Array {
  const count = patchCount(config.model);
  const masks = new Uint8Array(config.optimizer.batchSize * count);
  for (let image = 0; image < config.optimizer.batchSize; image++) {
    masks.set(sampleKeepMaskAt(config, step, image), image * count);
  }
  return masks;
}

/**
 * Inputs of pretrainProgram(config) at a step counted from 0, for a step that is computed in one part. Everything random is fixed by (config.seed, step), so a
 * resumed run feeds what an uninterrupted one would have fed. Throws tensor.shape for a batch of another size.
 */
export function computeStepInputs(
  config: RunConfig,
  schedule: Schedule,
  step: number,
  batch: PretrainBatch,
): NamedData {
  const [inputs] = computeBatchParts(config, step, batch);
  return { ...inputs, ...computeScheduleInputs(config, schedule.at(step), step) };
}

/**
 * The large part of a step's inputs: what it reads of its batch, and its random decisions. As many as parts that the step
 * is computed in: masks and noise are drawn for the whole batch and then divided, so that an image meets the same ones
 * however many are computed at once. Throws tensor.shape.
 */
export function computeBatchParts(config: RunConfig, step: number, batch: PretrainBatch): NamedData[] {
  const { batchSize } = config.optimizer;
  const whole = planStep(config, { batchSize });
  assertBatch(whole, batch);
  const keepMasks = sampleKeepMasks(config, step);
  const noise = sampleNoise(whole.noiseSites, config.seed, step);
  const plan = planStep(config);
  return Array.from({ length: batchSize / plan.batchSize }, (_, part) => {
    const cut = <Data extends TensorData>(data: Data): Data => {
      const length = (data.length * plan.batchSize) / batchSize;
      return data.subarray(part * length, (part + 1) * length) as Data;
    };
    const { contextImages, targetImages } = batch;
    const images = { contextImages: cut(contextImages), targetImages: cut(targetImages) };
    const decisions = Object.entries(noise).map(([name, data]) => [name, cut(data)] as const);
    return { ...assembleBatchInputs(plan, images, cut(keepMasks)), ...Object.fromEntries(decisions) };
  });
}

/** The rest of it: a few numbers of the optimiser and the moving average. */
export function computeScheduleInputs(config: RunConfig, values: ScheduleValues, step: number): NamedData {
  const { adamBeta1: beta1, adamBeta2: beta2, adamEpsilon: epsilon } = config.optimizer;
  return {
    ...computeAdamWInputs(step, values.lr, values.weightDecay, { beta1, beta2, epsilon }),
    emaMomentum: Float32Array.of(values.emaMomentum),
  };
}

/**
 * The inputs that do not depend on dropout, for given keep masks ([B, N] bytes; for a `visible` plan each image must have
 * plan.keptCount visible patches). Throws tensor.shape.
 */
export function assembleStepInputs(
  plan: StepPlan,
  batch: PretrainBatch,
  keepMasks: Uint8Array,
  values: ScheduleValues,
  step: number,
): NamedData {
  return {
    ...assembleBatchInputs(plan, batch, keepMasks),
    ...computeScheduleInputs(plan.config, values, step),
  };
}

function assembleBatchInputs(plan: StepPlan, batch: PretrainBatch, keepMasks: Uint8Array): NamedData {
  assertBatch(plan, batch);
  const context: NamedData =
    plan.structure === 'visible'
      ? { ...computeVisibleInputs(plan, batch.contextImages, keepMasks), ...computePlaces(plan, keepMasks) }
      : { contextImages: batch.contextImages, keepMask: Float32Array.from(keepMasks) };
  return { ...context, targetImages: batch.targetImages };
}

function computeVisibleInputs(plan: StepPlan, images: Float32Array, keepMasks: Uint8Array): NamedData {
  const { model } = plan.config;
  const layout = gridLayout(plan);
  if (model.tokenizer === 'vit') return { 'visible/patches': cutVisiblePatches(model, images, keepMasks) };
  return {
    'visible/pixels': cutVisiblePixels(images, keepMasks, layout, model.inChannels),
    ...withPrefix(computeVisibleMaps(keepMasks, layout), 'visible/'),
  };
}

/** Where kept and dropped tokens lie in the batch; see placeNames. */
function computePlaces(plan: StepPlan, keepMasks: Uint8Array): NamedData {
  const { model } = plan.config;
  const count = patchCount(model);
  const { visibleCount } = gridLayout(plan);
  const droppedCount = keepMasks.length - visibleCount;
  const source = new Int32Array(keepMasks.length).fill(visibleCount);
  const kept = new Int32Array(visibleCount);
  const dropped = new Int32Array(droppedCount);
  const droppedRows = new Int32Array(droppedCount);
  const length = sequenceLength(model);
  const droppedRowsInverse = new Int32Array(plan.batchSize * length).fill(droppedCount);
  let [nextKept, nextDropped] = [0, 0];
  keepMasks.forEach((keep, place) => {
    if (keep === 1) {
      source[place] = nextKept;
      kept[nextKept++] = place;
      return;
    }
    const row = Math.floor(place / count) * length + model.numRegisterTokens + (place % count);
    dropped[nextDropped] = place;
    droppedRows[nextDropped] = row;
    droppedRowsInverse[row] = nextDropped++;
  });
  return {
    [placeNames.source]: source,
    [placeNames.kept]: kept,
    [placeNames.dropped]: dropped,
    [placeNames.droppedRows]: droppedRows,
    [placeNames.droppedRowsInverse]: droppedRowsInverse,
  };
}

function assertBatch(plan: StepPlan, batch: PretrainBatch): void {
  const { inChannels, imageSize } = plan.config.model;
  const expected = plan.batchSize * inChannels * imageSize * imageSize;
  for (const images of [batch.contextImages, batch.targetImages]) {
    if (images.length === expected) continue;
    throw new EngineError(
      'tensor.shape',
      `pretraining batch: expected ${plan.batchSize} images of ${inChannels}×${imageSize}×${imageSize} (${expected} values), got ${images.length} values`,
    );
  }
}
