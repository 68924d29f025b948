// A dry run: a few real steps, a small look and one reading of the state, to learn what a run costs on this machine.
import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { imagesAtOnce, patchCount, type ModelConfig, type RunConfig } from '../../contract/config.ts';
import type { RunCost } from '../../contract/cost.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { EngineError, messageOf } from '../../contract/errors.ts';
import type { PixelCacheSettings } from '../../data/pixelCache.ts';
import { limitedSize } from '../../data/rgbImage.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { lastingState } from '../../mimjepa/microBatches.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { sampleEncoderWeights } from '../../model/encoderWeights.ts';
import type { Project } from '../../project/project.ts';
import { viewBytes } from '../../project/safetensors.ts';
import { createExecutor, describeExecutors } from '../../runtime/executors.ts';
import type { CompiledProgram, Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { nameDevice } from '../measure/machine.ts';
import { computeMeanInterval } from '../measure/meanInterval.ts';
import { measureDecode } from '../measure/measureDecode.ts';
import { smallerPart, withPart } from '../measure/partSizes.ts';
import { startPowerMeter } from '../measure/powerMeter.ts';
import { assertWanted } from '../processes/giveUp.ts';
import { isMemoryError } from '../processes/memoryEnd.ts';
import { listRunImages, selectPretrainImages, type RunImage } from '../runImages.ts';
import { keptCheckpoints } from './checkpointStore.ts';
import type { RunRequest } from './createRun.ts';
import { FeatureMonitor, selectMonitorSet } from './featureMonitor.ts';
import { createStepLoader, type StepLoader } from './stepLoader.ts';
import { runStep } from './trainLoop.ts';
import { executorOptions, projectPixelCache, readTrainingSettings } from './trainingSettings.ts';

/** What determines what a run costs. */
export type RunToMeasure = Pick<RunRequest, 'splitId' | 'protocol' | 'config' | 'executor' | 'mostAtOnce'>;

export interface MeasureListeners {
  readonly onProgress?: (progress: TaskProgress) => void;
  /** Gives up between two steps. */
  readonly signal?: AbortSignal;
}

const measuredSteps = 20;
const fewestSteps = 3;
/** A step longer than this needs only one to warm up. */
const longStepMs = 5_000;
/** Measuring steps ends after this long, once there are enough for an interval. */
const longestMeasureMs = 45_000;
/** Images of the look that is measured; a full one is estimated from it. Few where each one takes long. */
const lookImagesFor = (model: ModelConfig) => (patchCount(model) > 64 ? 32 : 120);
const cacheHeaderBytes = 32;

/**
 * Measures with the run's own images, loader and executor; with fewer images at once where memory does not hold a whole
 * batch. Throws dataset.empty, what loading images and the executor throw (executor.failed where not even one image fits
 * into the memory), and cancelled.
 */
export async function measureRun(
  project: Project,
  request: RunToMeasure,
  listeners: MeasureListeners = {},
): Promise<RunCost> {
  const { optimizer } = request.config;
  let most = request.mostAtOnce ?? Infinity;
  for (;;) {
    const config = withPart(request.config, most);
    try {
      return await measureConfig(project, { ...request, config }, listeners);
    } catch (cause) {
      if (!isMemoryError(cause)) throw cause;
      const smaller = smallerPart(optimizer.batchSize, imagesAtOnce(config.optimizer));
      if (smaller === null) throw doesNotFit(cause);
      most = smaller;
    }
  }
}

async function measureConfig(
  project: Project,
  request: RunToMeasure,
  { onProgress = () => undefined, signal }: MeasureListeners,
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
    const usesGraphics = describeExecutors().find(({ id }) => id === executor.id)?.kind === 'gpu';
    const steps = await measureSteps(program, loader, config, usesGraphics, say);
    say('Reading the state');
    const checkpoint = await measureCheckpoint(program);
    return {
      executor: executor.id,
      device: nameDevice(executor.label),
      measuredAtMs: Date.now(),
      ...steps,
      batchSize: config.optimizer.batchSize,
      imagesAtOnce: imagesAtOnce(config.optimizer),
      buildMs: program.buildMs,
      lookMs,
      decodeMs: decodeMs * trainImages.length,
      checkpointMs: checkpoint.durationMs,
      checkpointSeconds: readTrainingSettings(project).checkpointSeconds,
      stepsPerEpoch: loader.stepsPerEpoch,
      ...measureRoom(project, keptCheckpoints * checkpoint.sizeBytes + computeCacheBytes(images, cache)),
    };
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
function doesNotFit(cause: unknown): EngineError {
  const reason = messageOf(cause);
  return new EngineError(
    'executor.failed',
    `This configuration does not fit into the memory of this machine (${Math.round(totalmem() / 2 ** 30)} GB), one image at a time either. Choose a smaller model or smaller images.`,
    { cause, details: { isMemory: true, reason: reason.slice(0, 500) } },
  );
}

type StepCost = Pick<
  RunCost,
  'stepMs' | 'leastStepMs' | 'mostStepMs' | 'measuredSteps' | 'imagesPerSecond' | 'power'
>;

async function measureSteps(
  program: CompiledProgram,
  loader: StepLoader,
  config: RunConfig,
  usesGraphics: boolean,
  say: (step: string, share: number | null) => void,
): Promise<StepCost> {
  const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
  const loop = { config, schedule, loader, program };
  const timeStep = async (step: number) => (await runStep(loop, step)).stepMs;
  say('Warming up', null);
  const areLong = (await timeStep(0)) > longStepMs;
  if (!areLong) await timeStep(1);
  // Once without measuring, so that the measured steps find their images decoded, as all but the first epoch do.
  const ahead = areLong ? 0 : measuredSteps;
  for (let step = 0; step <= ahead; step++) await loader.batch(step);
  // Step 1's batch is then in the making, as within a run.
  await loader.batch(0);
  const durations: number[] = [];
  const meter = startPowerMeter(usesGraphics);
  try {
    const startedMs = performance.now();
    while (durations.length < measuredSteps) {
      if (durations.length >= fewestSteps && performance.now() - startedMs > longestMeasureMs) break;
      const share = durations.length / measuredSteps;
      say(`Measuring training steps: ${durations.length + 1} of ${measuredSteps}`, share);
      durations.push(await timeStep(durations.length + 1));
      meter.sample();
    }
  } finally {
    meter.stop();
  }
  const { mean, least, most } = computeMeanInterval(durations);
  return {
    stepMs: mean,
    leastStepMs: least,
    mostStepMs: most,
    measuredSteps: durations.length,
    imagesPerSecond: (1000 * loader.batchSize) / mean,
    power: meter.read(),
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
  for (const data of Object.values(await program.readState(lastingState(program.program.state)))) {
    hash.update(viewBytes(data));
    sizeBytes += data.byteLength;
  }
  hash.digest();
  return { durationMs: 3 * (performance.now() - startedMs), sizeBytes };
}
