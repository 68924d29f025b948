// A dry run: a few real steps, one look and one reading of the state, to learn what a run costs on this machine.
import { encodeSafetensors } from '../../project/safetensors.ts';
import { createHash } from 'node:crypto';
import { createPretrainLoader } from '../../data/pretrainLoader.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeStepInputs } from '../../mimjepa/stepInputs.ts';
import { sampleEncoderWeights } from '../../model/encoderWeights.ts';
import type { Project } from '../../project/project.ts';
import { createExecutor } from '../../runtime/executors.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { listRunImages, selectPretrainImages } from '../runImages.ts';
import type { RunRequest } from './createRun.ts';
import { FeatureMonitor, selectMonitorSet } from './featureMonitor.ts';
import type { MeasuredRun } from './planRun.ts';
import { executorOptions, projectPixelCache, readTrainingSettings } from './trainingSettings.ts';

const warmupSteps = 2;
const measuredSteps = 9;
/** Measuring ends after this long, even with fewer steps. */
const longestMeasureMs = 60_000;

/** Measures with the run's own images, loader and executor. Throws what loading images and the executor throw. */
export async function measureRun(project: Project, request: RunRequest): Promise<MeasuredRun> {
  const { config } = request;
  const { images, classes } = listRunImages(project.database, request.splitId);
  const trainImages = selectPretrainImages(images, request.protocol);
  const cache = projectPixelCache(project, config.model.imageSize);
  const executor = await createExecutor(request.executor, executorOptions(project));
  const loader = await createPretrainLoader({ images: trainImages, cache, config });
  try {
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(samplePretrainState(config));
    const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
    // The look comes first: it decodes most images into the cache, as the run's own first look will find them.
    const lookMs = await measureLook();
    const durations: number[] = [];
    const startedMs = performance.now();
    for (let step = 0; step < warmupSteps + measuredSteps; step++) {
      const stepStartedMs = performance.now();
      if (durations.length >= 3 && stepStartedMs - startedMs > longestMeasureMs) break;
      await program.run(computeStepInputs(config, schedule, step, await loader.batch(step)));
      if (step >= warmupSteps) durations.push(performance.now() - stepStartedMs);
    }
    const checkpointStartedMs = performance.now();
    const state = (await program.readState()) as Record<string, Float32Array>;
    const tensors = Object.fromEntries(
      Object.entries(state).map(([name, data]) => [name, { shape: [data.length], data }]),
    );
    createHash('sha256')
      .update(encodeSafetensors({ metadata: {}, tensors }))
      .digest();
    return {
      stepMs: median(durations),
      measuredSteps: durations.length,
      buildMs: program.buildMs,
      lookMs,
      // Hashing is done twice (written, read back); the disk takes about as long again.
      checkpointMs: 3 * (performance.now() - checkpointStartedMs),
      checkpointSeconds: readTrainingSettings(project).checkpointSeconds,
      stepsPerEpoch: loader.stepsPerEpoch,
    };
  } finally {
    await loader.close();
    await executor.dispose();
  }

  async function measureLook(): Promise<number> {
    const set = selectMonitorSet(images, config.monitor, config.seed);
    if (config.monitor.everyEpochs === 0 || set.images.length < 2) return 0;
    const encoder = new ImageEncoder(executor, { cache, workers: 0 });
    const monitor = new FeatureMonitor(config, encoder, set, classes.length);
    return (await monitor.look(sampleEncoderWeights(config.model, config.seed))).durationMs;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
