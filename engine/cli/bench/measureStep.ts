// Times one training configuration in this process: the bare step, or the whole loop on real images.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../contract/errors.ts';
import { cacheSideFor, openPixelCache, type PixelCacheSettings } from '../../data/pixelCache.ts';
import { scanImages } from '../../data/scanImages.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeScheduleInputs, computeStepInputs } from '../../mimjepa/stepInputs.ts';
import { createStepLoader, type StepLoader } from '../../run/training/stepLoader.ts';
import { runStep } from '../../run/training/trainLoop.ts';
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
  /** Of float32 products through onnxruntime, in the same process just afterwards. */
  readonly peakFlopsPerSecond: number;
  readonly peakRssBytes: number;
  readonly buildMs: number;
  readonly loss: number;
}

export interface LoopFigures {
  readonly kind: 'loop';
  readonly batchSize: number;
  /** Milliseconds of each step of the training loop: images, augmentation and inputs included. */
  readonly stepMs: readonly number[];
  /** Milliseconds of bare steps, on inputs that lie ready, taken in turns with these while the workers rest. */
  readonly bareMs: readonly number[];
  readonly importImagesPerSecond: number;
  /** Batches made and not used: reading the cache, cropping, colours, masks, visible pixels. */
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
    const loader = await createStepLoader({ images, cache, config });
    try {
      const program = await executor.compile(pretrainProgram(config));
      await program.writeState(samplePretrainState(config));
      const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
      const { batchSize } = config.optimizer;
      const figures = await measureInTurns({ config, schedule, loader, program }, task.steps);
      const loaderImagesPerSecond = await measureLoader(loader, batchSize, 0);
      return {
        kind: 'loop',
        batchSize,
        ...figures,
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

const stepsPerTurn = 4;
/** After this long the workers have made what they make ahead. */
const restMs = 300;

/**
 * Steps of the loop and bare steps in turns of a few, so that both meet the same moods of the machine. The first step of a
 * turn is not counted: its batch was made while the other kind rested.
 */
async function measureInTurns(
  loop: Parameters<typeof runStep>[0],
  steps: number,
): Promise<Pick<LoopFigures, 'stepMs' | 'bareMs'>> {
  const { config, schedule, loader, program } = loop;
  const [stepMs, bareMs]: [number[], number[]] = [[], []];
  // Once around, so that every later batch finds its images decoded.
  for (let step = 0; step < loader.stepsPerEpoch; step++) await loader.batch(step);
  const [inputs] = (await loader.batch(0)).parts;
  const ready = { ...inputs, ...computeScheduleInputs(config, schedule.at(0), 0) };
  for (let step = 0; step < warmupSteps; step++) await runStep(loop, step);
  let step = warmupSteps;
  while (stepMs.length < steps) {
    await sleep(restMs);
    for (let turn = 0; turn <= stepsPerTurn; turn++) {
      const startedMs = performance.now();
      await program.run(ready);
      if (turn > 0) bareMs.push(performance.now() - startedMs);
    }
    for (let turn = 0; turn <= stepsPerTurn; turn++) {
      const report = await runStep(loop, step++);
      if (turn > 0) stepMs.push(report.stepMs);
    }
  }
  return { stepMs, bareMs };
}

async function measureLoader(loader: StepLoader, batchSize: number, fromStep: number): Promise<number> {
  const batches = 12;
  await loader.batch(fromStep);
  const startedMs = performance.now();
  for (let step = 1; step <= batches; step++) await loader.batch(fromStep + step);
  return (1000 * batches * batchSize) / (performance.now() - startedMs);
}
