// A dry run: a few real steps, a small look and one reading of the state, to learn what a run costs on this machine.
import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { patchCount, type ModelConfig, type RunConfig } from '../../contract/config.ts';
import type { RunCost } from '../../contract/cost.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { EngineError } from '../../contract/errors.ts';
import type { PixelCacheSettings } from '../../data/pixelCache.ts';
import { limitedSize } from '../../data/rgbImage.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { sampleEncoderWeights } from '../../model/encoderWeights.ts';
import type { Project } from '../../project/project.ts';
import { viewBytes } from '../../project/safetensors.ts';
import { createExecutor } from '../../runtime/executors.ts';
import type { CompiledProgram, Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { nameDevice } from '../measure/machine.ts';
import { measureDecode } from '../measure/measureDecode.ts';
import { assertWanted } from '../processes/giveUp.ts';
import { listRunImages, selectPretrainImages, type RunImage } from '../runImages.ts';
import { keptCheckpoints } from './checkpointStore.ts';
import type { RunRequest } from './createRun.ts';
import { FeatureMonitor, selectMonitorSet } from './featureMonitor.ts';
import { createStepLoader, type StepLoader } from './stepLoader.ts';
import { runStep } from './trainLoop.ts';
import { executorOptions, projectPixelCache, readTrainingSettings } from './trainingSettings.ts';

/** What determines what a run costs. */
export type RunToMeasure = Pick<RunRequest, 'splitId' | 'protocol' | 'config' | 'executor'>;

export interface MeasureListeners {
  readonly onProgress?: (progress: TaskProgress) => void;
  /** Gives up between two steps. */
  readonly signal?: AbortSignal;
}

const warmupSteps = 2;
const measuredSteps = 9;
/** A step longer than this needs only one to warm up, and no more than two measured. */
const longStepMs = 5_000;
/** Measuring steps ends after this long, once there are enough. */
const longestMeasureMs = 45_000;
/** Images of the look that is measured; a full one is estimated from it. Few where each one takes long. */
const lookImagesFor = (model: ModelConfig) => (patchCount(model) > 64 ? 32 : 120);
const cacheHeaderBytes = 32;

/**
 * Measures with the run's own images, loader and executor. Throws dataset.empty, what loading images and the executor
 * throw (executor.failed where the configuration does not fit into the memory), and cancelled.
 */
export async function measureRun(
  project: Project,
  request: RunToMeasure,
  { onProgress = () => undefined, signal }: MeasureListeners = {},
): Promise<RunCost> {
  const { config } = request;
  const say = (step: string, share: number | null = null) => {
    assertWanted(signal);
    onProgress({ step, share });
  };
  const { images, classes } = listRunImages(project.database, request.splitId);
  const trainImages = selectPretrainImages(images, request.protocol);
  const cache = projectPixelCache(project, config.model.imageSize);
  say('Preparing the first images');
  const decodeMs = await measureDecode(trainImages, config.model.imageSize);
  const executor = await createExecutor(request.executor, executorOptions(project));
  const loader = await createStepLoader({ images: trainImages, cache, config });
  try {
    say('Building the training step');
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(samplePretrainState(config));
    say('Looking at the features');
    const lookMs = await measureLook(executor, cache, config, images, classes.length);
    const steps = await measureSteps(program, loader, config, say);
    say('Reading the state');
    const checkpoint = await measureCheckpoint(program);
    return {
      executor: executor.id,
      device: nameDevice(executor.label),
      measuredAtMs: Date.now(),
      ...steps,
      imagesPerSecond: (1000 * loader.batchSize) / steps.stepMs,
      buildMs: program.buildMs,
      lookMs,
      decodeMs: decodeMs * trainImages.length,
      checkpointMs: checkpoint.durationMs,
      checkpointSeconds: readTrainingSettings(project).checkpointSeconds,
      stepsPerEpoch: loader.stepsPerEpoch,
      ...measureRoom(project, keptCheckpoints * checkpoint.sizeBytes + computeCacheBytes(images, cache)),
    };
  } catch (cause) {
    throw sayWhetherItFits(cause);
  } finally {
    await loader.close();
    await executor.dispose();
  }
}

/** Memory and disk: what is needed, and what is there. */
function measureRoom(
  { folder }: Project,
  diskBytes: number,
): Pick<RunCost, 'peakMemoryBytes' | 'machineMemoryBytes' | 'diskBytes' | 'freeDiskBytes'> {
  return {
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    machineMemoryBytes: totalmem(),
    diskBytes,
    freeDiskBytes: readFreeBytes(folder),
  };
}

/** Bytes that a project's disk has left. */
export function readFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function computeCacheBytes(
  images: readonly RunImage[],
  { shorterSide, maxBytes }: PixelCacheSettings,
): number {
  const bytes = images.reduce((sum, image) => {
    const { width, height } = limitedSize(image.width, image.height, shorterSide);
    return sum + 3 * width * height + cacheHeaderBytes;
  }, 0);
  return Math.min(bytes, maxBytes);
}

/** A failed allocation says little; a person needs to know what it means. */
function sayWhetherItFits(cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!/bad.?alloc|out of memory|allocation failed|failed to allocate|not enough memory/i.test(message))
    return cause;
  return new EngineError(
    'executor.failed',
    `This configuration does not fit into the memory of this machine (${Math.round(totalmem() / 2 ** 30)} GB). Choose a smaller model, smaller images or a smaller batch.`,
    { cause, details: { isMemory: true, reason: message.slice(0, 500) } },
  );
}

async function measureSteps(
  program: CompiledProgram,
  loader: StepLoader,
  config: RunConfig,
  say: (step: string, share: number | null) => void,
): Promise<Pick<RunCost, 'stepMs' | 'fastestStepMs' | 'slowestStepMs' | 'measuredSteps'>> {
  const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
  const loop = { config, schedule, loader, program };
  const timeStep = async (step: number) => (await runStep(loop, step)).stepMs;
  say('Warming up', null);
  const areLong = (await timeStep(0)) > longStepMs;
  const warmups = areLong ? 1 : warmupSteps;
  for (let step = 1; step < warmups; step++) await timeStep(step);
  const wanted = areLong ? 2 : measuredSteps;
  // Once without measuring, so that the measured steps find their images decoded, as all but the first epoch do.
  for (let step = 0; step <= wanted; step++) await loader.batch(step);
  // Step 1's batch is then in the making, as within a run.
  await loader.batch(0);
  const durations: number[] = [];
  const startedMs = performance.now();
  while (durations.length < wanted) {
    if (durations.length >= 3 && performance.now() - startedMs > longestMeasureMs) break;
    say(`Measuring training steps: ${durations.length + 1} of ${wanted}`, durations.length / wanted);
    durations.push(await timeStep(durations.length + 1));
  }
  return {
    stepMs: median(durations),
    fastestStepMs: Math.min(...durations),
    slowestStepMs: Math.max(...durations),
    measuredSteps: durations.length,
  };
}

async function measureLook(
  executor: Executor,
  cache: PixelCacheSettings,
  config: RunConfig,
  images: Parameters<typeof selectMonitorSet>[0],
  classCount: number,
): Promise<number> {
  const { monitor, seed } = config;
  const full = selectMonitorSet(images, monitor, seed);
  if (monitor.everyEpochs === 0 || full.images.length < 2) return 0;
  const few = selectMonitorSet(
    images,
    { ...monitor, maxImages: Math.min(monitor.maxImages, lookImagesFor(config.model)) },
    seed,
  );
  const encoder = new ImageEncoder(executor, { cache, workers: 0 });
  const meter = new FeatureMonitor(config, encoder, few, classCount);
  const weights = sampleEncoderWeights(config.model, seed);
  // The first look compiles the encoder and decodes what the cache lacks; only the second is what a look costs.
  await meter.look(weights);
  const { durationMs } = await meter.look(weights);
  return (durationMs * full.images.length) / few.images.length;
}

/** Reading and hashing the state; writing it and hashing it again take about as long once more, each. */
async function measureCheckpoint(
  program: CompiledProgram,
): Promise<{ durationMs: number; sizeBytes: number }> {
  const startedMs = performance.now();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const data of Object.values(await program.readState())) {
    hash.update(viewBytes(data));
    sizeBytes += data.byteLength;
  }
  hash.digest();
  return { durationMs: 3 * (performance.now() - startedMs), sizeBytes };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
