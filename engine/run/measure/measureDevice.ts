// How fast an executor trains a configuration here: real steps on synthetic images, so that any machine and executor can be
// compared without a project.
import type { RunConfig } from '../../contract/config.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { runStepParts } from '../../mimjepa/microBatches.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeBatchParts, computeScheduleInputs, type PretrainBatch } from '../../mimjepa/stepInputs.ts';
import { CounterRandom } from '../../random/counterRandom.ts';
import { createExecutor, type ExecutorId } from '../../runtime/executors.ts';

/** What was measured: the median step. */
export interface StepRate {
  readonly stepMs: number;
  readonly imagesPerSecond: number;
  readonly atMs: number;
}

const warmupSteps = 2;
const measuredSteps = 15;
/** Measuring ends after this long, once there are three steps. */
const longestMs = 15_000;

/** Images of noise: what a step costs does not depend on what is in them. */
export function sampleNoiseBatch({ model, optimizer, seed }: RunConfig): PretrainBatch {
  const random = new CounterRandom(seed, 'measureDevice');
  const length = optimizer.batchSize * model.inChannels * model.imageSize ** 2;
  const images = Float32Array.from({ length }, () => random.nextNormal());
  return { contextImages: images, targetImages: images };
}

/** Throws executor.unavailable, executor.failed. */
export async function measureDevice(
  id: ExecutorId,
  config: RunConfig,
  onProgress: (progress: TaskProgress) => void = () => undefined,
): Promise<StepRate> {
  onProgress({ step: 'Building the training step', share: null });
  const executor = await createExecutor(id);
  try {
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(samplePretrainState(config));
    const schedule = createSchedule(config.optimizer, 20);
    const batch = sampleNoiseBatch(config);
    const durations: number[] = [];
    const startedMs = performance.now();
    for (let step = 0; step < warmupSteps + measuredSteps; step++) {
      if (durations.length >= 3 && performance.now() - startedMs > longestMs) break;
      onProgress({ step: 'Timing training steps', share: step / (warmupSteps + measuredSteps) });
      // A word for whoever waits gets out before the step: that may block the thread throughout.
      await new Promise(setImmediate);
      const parts = computeBatchParts(config, step, batch);
      const shared = computeScheduleInputs(config, schedule.at(step), step);
      const stepStartedMs = performance.now();
      await runStepParts(program, parts, shared);
      if (step >= warmupSteps) durations.push(performance.now() - stepStartedMs);
    }
    const stepMs = durations.sort((a, b) => a - b)[durations.length >> 1]!;
    return { stepMs, imagesPerSecond: (1000 * config.optimizer.batchSize) / stepMs, atMs: Date.now() };
  } finally {
    await executor.dispose();
  }
}
