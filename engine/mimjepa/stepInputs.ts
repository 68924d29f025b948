// What one training step is fed: images, keep masks, dropout decisions and the schedule's numbers.
import type { RunConfig } from '../contract/config.ts';
import { gridSide, patchCount } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import type { NamedData } from '../runtime/program.ts';
import { computeAdamWInputs } from '../nn/adamW.ts';
import { sampleNoise } from '../nn/noise.ts';
import { sampleKeepMask } from './keepMask.ts';
import type { Schedule, ScheduleValues } from './schedules.ts';
import { planStep } from './stepPlan.ts';
import type { StepPlan } from './stepPlan.ts';

/** Two views of the same images: the same crop and flip, colours changed apart. */
export interface PretrainBatch {
  /** [B, C, S, S], normalised. */
  readonly contextImages: Float32Array;
  /** [B, C, S, S], normalised. */
  readonly targetImages: Float32Array;
}

/** Keep masks of one step, [B, N] bytes, 1 = visible; image b's comes from the stream (seed, site, step, b). */
export function sampleKeepMasks(config: RunConfig, step: number): Uint8Array {
  const side = gridSide(config.model);
  const count = patchCount(config.model);
  const masks = new Uint8Array(config.optimizer.batchSize * count);
  for (let image = 0; image < config.optimizer.batchSize; image++) {
    const random = new CounterRandom(config.seed, 'keepMask', step, image);
    masks.set(sampleKeepMask(config.masking, side, random), image * count);
  }
  return masks;
}

/**
 * Inputs of pretrainProgram(config) at a step counted from 0. Everything random is fixed by (config.seed, step), so a
 * resumed run feeds what an uninterrupted one would have fed. Throws tensor.shape for a batch of another size.
 */
export function computeStepInputs(
  config: RunConfig,
  schedule: Schedule,
  step: number,
  batch: PretrainBatch,
): NamedData {
  const plan = planStep(config);
  return {
    ...assembleStepInputs(plan, batch, sampleKeepMasks(config, step), schedule.at(step), step),
    ...sampleNoise(plan.noiseSites, config.seed, step),
  };
}

/** The inputs that do not depend on dropout, for given keep masks ([B, N] bytes). Throws tensor.shape. */
export function assembleStepInputs(
  plan: StepPlan,
  batch: PretrainBatch,
  keepMasks: Uint8Array,
  values: ScheduleValues,
  step: number,
): Record<string, Float32Array> {
  assertBatch(plan, batch);
  const { adamBeta1: beta1, adamBeta2: beta2, adamEpsilon: epsilon } = plan.config.optimizer;
  return {
    contextImages: batch.contextImages,
    targetImages: batch.targetImages,
    keepMask: Float32Array.from(keepMasks),
    ...computeAdamWInputs(step, values.lr, values.weightDecay, { beta1, beta2, epsilon }),
    emaMomentum: Float32Array.of(values.emaMomentum),
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
