// Times one training configuration in this process: the bare step, or the whole loop on real images.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { cacheSideFor, openPixelCache, type PixelCacheSettings } from '../../data/pixelCache.ts';
import { createPretrainLoader } from '../../data/pretrainLoader.ts';
import { scanImages } from '../../data/scanImages.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeStepInputs } from '../../mimjepa/stepInputs.ts';
import { CounterRandom } from '../../random/counterRandom.ts';
import { createExecutor } from '../../runtime/executors.ts';
import { cpuProvider } from '../../trace/provider.ts';
import { countFlops } from '../../trace/countFlops.ts';
import { traceProgram } from '../../trace/traceProgram.ts';
import { benchConfig, type BenchTask } from './configurations.ts';
import { measurePeakFlops } from '../../runtime/peakFlops.ts';

export interface StepFigures {
  readonly kind: 'step';
  readonly batchSize: number;
  /** Milliseconds of each timed step. */
  readonly stepMs: readonly number[];
  /** Milliseconds of preparing each step's inputs (masks, dropout decisions, visible pixels) before it. */
  readonly prepareMs: readonly number[];
  readonly flops: number;
  /** Of a 1024³ float32 product through onnxruntime, in the same process just afterwards. */
  readonly peakFlopsPerSecond: number;
  readonly peakRssBytes: number;
  readonly buildMs: number;
  readonly loss: number;
}

export interface LoopFigures {
  readonly kind: 'loop';
  readonly batchSize: number;
  /** Milliseconds from one step's end to the next's, images, augmentation and inputs included. */
  readonly stepMs: readonly number[];
  /** Milliseconds of the step itself within these. */
  readonly bareMs: readonly number[];
  readonly importImagesPerSecond: number;
  /** Batches made and not used: reading the cache, cropping, colours. */
  readonly loaderImagesPerSecond: number;
  readonly imageCount: number;
}

const warmupSteps = 2;

/** The figures of one task. Throws what the loader and the executor throw. */
export async function measureTask(task: BenchTask): Promise<StepFigures | LoopFigures> {
  return task.imagesFolder === undefined ? measureBareStep(task) : measureLoop(task, task.imagesFolder);
}

async function measureBareStep(task: BenchTask): Promise<StepFigures> {
  const config = benchConfig(task.size, task.dropout);
  const { batchSize } = config.optimizer;
  const executor = await createExecutor('compiled-cpu', { threads: task.threads, spinning: task.spinning });
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState(samplePretrainState(config));
  const schedule = createSchedule(config.optimizer, 20);
  const pixels = batchSize * config.model.inChannels * config.model.imageSize ** 2;
  const random = new CounterRandom(config.seed, 'bench');
  const images = Float32Array.from({ length: pixels }, () => random.nextNormal());
  const batch = { contextImages: images, targetImages: images };
  const [stepMs, prepareMs]: [number[], number[]] = [[], []];
  let loss = Number.NaN;
  for (let step = 0; step < warmupSteps + task.steps; step++) {
    const startedMs = performance.now();
    const inputs = computeStepInputs(config, schedule, step, batch);
    const readyMs = performance.now();
    const outputs = await program.run(inputs);
    loss = outputs['loss']![0]!;
    if (step < warmupSteps) continue;
    prepareMs.push(readyMs - startedMs);
    stepMs.push(performance.now() - readyMs);
  }
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  await executor.dispose();
  return {
    kind: 'step',
    batchSize,
    stepMs,
    prepareMs,
    flops: countFlops(traceProgram(pretrainProgram(config), cpuProvider).graph),
    peakFlopsPerSecond: await measurePeakFlops(task.threads),
    peakRssBytes,
    buildMs: program.buildMs,
    loss,
  };
}

async function measureLoop(task: BenchTask, imagesFolder: string): Promise<LoopFigures> {
  const config = benchConfig(task.size, task.dropout);
  const cacheFolder = await mkdtemp(join(tmpdir(), 'thimble-bench-'));
  const shorterSide = cacheSideFor(config.model.imageSize);
  const cache: PixelCacheSettings = { folder: cacheFolder, shorterSide, maxBytes: 2e9 };
  try {
    const report = await scanImages(imagesFolder, { cache: await openPixelCache(cache) });
    if (report.images.length === 0) {
      throw new EngineError('dataset.empty', `bench: expected images in ${imagesFolder}, found none`);
    }
    const images = report.images.map(({ relativePath, ...image }) => ({
      ...image,
      path: join(report.rootFolder, relativePath),
    }));
    const importImagesPerSecond = (1000 * images.length) / report.durationMs;
    const executor = await createExecutor('compiled-cpu', { threads: task.threads, spinning: task.spinning });
    const loader = await createPretrainLoader({ images, cache, config });
    try {
      const program = await executor.compile(pretrainProgram(config));
      await program.writeState(samplePretrainState(config));
      const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
      const [stepMs, bareMs]: [number[], number[]] = [[], []];
      for (let step = 0; step < warmupSteps + task.steps; step++) {
        const startedMs = performance.now();
        const inputs = computeStepInputs(config, schedule, step, await loader.batch(step));
        const readyMs = performance.now();
        await program.run(inputs);
        if (step < warmupSteps) continue;
        bareMs.push(performance.now() - readyMs);
        stepMs.push(performance.now() - startedMs);
      }
      const { batchSize } = config.optimizer;
      const loaderImagesPerSecond = await measureLoader(loader, batchSize, warmupSteps + task.steps);
      return {
        kind: 'loop',
        batchSize,
        stepMs,
        bareMs,
        importImagesPerSecond,
        loaderImagesPerSecond,
        imageCount: images.length,
      };
    } finally {
      await loader.close();
      await executor.dispose();
    }
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

async function measureLoader(
  loader: { batch(step: number): Promise<unknown> },
  batchSize: number,
  fromStep: number,
): Promise<number> {
  const batches = 12;
  await loader.batch(fromStep);
  const startedMs = performance.now();
  for (let step = 1; step <= batches; step++) await loader.batch(fromStep + step);
  return (1000 * batches * batchSize) / (performance.now() - startedMs);
}
