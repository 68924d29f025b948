// How fast an executor trains here: real steps of the quick preset on synthetic images, so that any machine and executor
// can be compared without a project.
import type { TaskProgress } from '../../contract/contract.ts';
import { presets } from '../../contract/presets.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeStepInputs, type PretrainBatch } from '../../mimjepa/stepInputs.ts';
import type { MeasuredRate } from '../../project/appData.ts';
import { CounterRandom } from '../../random/counterRandom.ts';
import { createExecutor, type ExecutorId } from '../../runtime/executors.ts';
import { assertWanted } from '../processes/giveUp.ts';

export interface MeasureDeviceOptions {
  readonly onProgress?: (progress: TaskProgress) => void;
  readonly signal?: AbortSignal;
}

const { config } = presets.quick;
const warmupSteps = 2;
const measuredSteps = 15;
/** Measuring ends after this long, once there are three steps. */
const longestMs = 15_000;

function sampleBatch(): PretrainBatch {
  const { model, optimizer, seed } = config;
  const random = new CounterRandom(seed, 'measureDevice');
  const length = optimizer.batchSize * model.inChannels * model.imageSize ** 2;
  const images = Float32Array.from({ length }, () => random.nextNormal());
  return { contextImages: images, targetImages: images };
}

/** Throws executor.unavailable, executor.failed, cancelled. */
export async function measureDevice(
  id: ExecutorId,
  { onProgress = () => undefined, signal }: MeasureDeviceOptions = {},
): Promise<MeasuredRate> {
  const executor = await createExecutor(id);
  try {
    onProgress({ step: 'Building the training step', share: null });
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(samplePretrainState(config));
    const schedule = createSchedule(config.optimizer, 20);
    const batch = sampleBatch();
    const durations: number[] = [];
    const startedMs = performance.now();
    for (let step = 0; step < warmupSteps + measuredSteps; step++) {
      assertWanted(signal);
      if (durations.length >= 3 && performance.now() - startedMs > longestMs) break;
      onProgress({ step: 'Timing training steps', share: step / (warmupSteps + measuredSteps) });
      const stepStartedMs = performance.now();
      await program.run(computeStepInputs(config, schedule, step, batch));
      if (step >= warmupSteps) durations.push(performance.now() - stepStartedMs);
      // Messages get their turn: a step may block the thread throughout.
      await new Promise(setImmediate);
    }
    const stepMs = durations.sort((a, b) => a - b)[durations.length >> 1]!;
    return { stepMs, imagesPerSecond: (1000 * config.optimizer.batchSize) / stepMs, atMs: Date.now() };
  } finally {
    await executor.dispose();
  }
}
