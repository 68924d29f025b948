// A dry run: a few real steps, a small look and one reading of the state, to learn what a run costs on this machine.
import { createHash } from 'node:crypto';
import type { RunConfig } from '../../contract/config.ts';
import type { PixelCacheSettings } from '../../data/pixelCache.ts';
import { createPretrainLoader, type PretrainLoader } from '../../data/pretrainLoader.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeStepInputs } from '../../mimjepa/stepInputs.ts';
import { sampleEncoderWeights } from '../../model/encoderWeights.ts';
import type { Project } from '../../project/project.ts';
import { viewBytes } from '../../project/safetensors.ts';
import { createExecutor } from '../../runtime/executors.ts';
import type { CompiledProgram, Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { listRunImages, selectPretrainImages } from '../runImages.ts';
import type { RunRequest } from './createRun.ts';
import { FeatureMonitor, selectMonitorSet } from './featureMonitor.ts';
import type { MeasuredRun } from './planRun.ts';
import { executorOptions, projectPixelCache, readTrainingSettings } from './trainingSettings.ts';

const warmupSteps = 2;
const measuredSteps = 9;
/** Measuring steps ends after this long, once there are three. */
const longestMeasureMs = 60_000;
/** Images of the look that is measured; a full one is estimated from it. */
const lookImages = 120;

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
    const look = await measureLook(executor, cache, config, images, classes.length);
    const steps = await measureSteps(program, loader, config);
    return {
      ...steps,
      buildMs: program.buildMs,
      lookMs: look.lookMs,
      decodeMs: look.decodeMsPerImage * trainImages.length,
      checkpointMs: await measureCheckpoint(program),
      checkpointSeconds: readTrainingSettings(project).checkpointSeconds,
      stepsPerEpoch: loader.stepsPerEpoch,
    };
  } finally {
    await loader.close();
    await executor.dispose();
  }
}

async function measureSteps(
  program: CompiledProgram,
  loader: PretrainLoader,
  config: RunConfig,
): Promise<Pick<MeasuredRun, 'stepMs' | 'measuredSteps'>> {
  const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
  const runStep = async (step: number) =>
    program.run(computeStepInputs(config, schedule, step, await loader.batch(step)));
  for (let step = 0; step < warmupSteps; step++) await runStep(step);
  // Once without measuring, so that the measured steps find their images decoded, as all but the first epoch do.
  for (let step = 0; step < measuredSteps; step++) await loader.batch(step);
  const durations: number[] = [];
  const startedMs = performance.now();
  for (let step = 0; step < measuredSteps; step++) {
    const stepStartedMs = performance.now();
    if (durations.length >= 3 && stepStartedMs - startedMs > longestMeasureMs) break;
    await runStep(step);
    durations.push(performance.now() - stepStartedMs);
  }
  return { stepMs: median(durations), measuredSteps: durations.length };
}

async function measureLook(
  executor: Executor,
  cache: PixelCacheSettings,
  config: RunConfig,
  images: Parameters<typeof selectMonitorSet>[0],
  classCount: number,
): Promise<{ lookMs: number; decodeMsPerImage: number }> {
  const { monitor, seed } = config;
  const full = selectMonitorSet(images, monitor, seed);
  if (monitor.everyEpochs === 0 || full.images.length < 2) return { lookMs: 0, decodeMsPerImage: 0 };
  const few = selectMonitorSet(
    images,
    { ...monitor, maxImages: Math.min(monitor.maxImages, lookImages) },
    seed,
  );
  const encoder = new ImageEncoder(executor, { cache, workers: 0 });
  const meter = new FeatureMonitor(config, encoder, few, classCount);
  const weights = sampleEncoderWeights(config.model, seed);
  // The first look compiles the encoder and decodes what the cache lacks; only the second is what a look costs.
  const firstMs = (await meter.look(weights)).durationMs;
  const secondMs = (await meter.look(weights)).durationMs;
  const count = few.images.length;
  return {
    lookMs: (secondMs * full.images.length) / count,
    decodeMsPerImage: Math.max(0, firstMs - secondMs) / count,
  };
}

/** Reading and hashing the state; writing it and hashing it again take about as long once more, each. */
async function measureCheckpoint(program: CompiledProgram): Promise<number> {
  const startedMs = performance.now();
  const hash = createHash('sha256');
  for (const data of Object.values(await program.readState())) hash.update(viewBytes(data));
  hash.digest();
  return 3 * (performance.now() - startedMs);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
