// Training steps on TensorFlow beside the compiled CPU executor, in one process: the same losses, no memory that grows, and
// how long a step takes, in turns. Bundled and started by tensorflowCheck.ts; prints one line of JSON.
// usage: tensorflowSteps.mjs STEPS (timed steps of each configuration)
import * as tf from '@tensorflow/tfjs-core';
import { benchConfig } from '../../engine/cli/bench/configurations.ts';
import { paperConfig, type RunConfig } from '../../engine/contract/config.ts';
import { presets } from '../../engine/contract/presets.ts';
import { samplePretrainState } from '../../engine/mimjepa/initialState.ts';
import { pretrainProgram } from '../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../engine/mimjepa/schedules.ts';
import { computeStepInputs } from '../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';
import { createExecutor, type ExecutorId } from '../../engine/runtime/executors.ts';
import { physicalCores } from '../../engine/runtime/ortSession.ts';
import type { CompiledProgram, Executor } from '../../engine/runtime/program.ts';

const ids = ['compiled-cpu', 'eager-tensorflow'] as const satisfies readonly ExecutorId[];
type Id = (typeof ids)[number];

const tiny: RunConfig = {
  ...paperConfig,
  model: {
    ...paperConfig.model,
    imageSize: 32,
    embedDim: 32,
    depth: 2,
    numHeads: 2,
    predictorDepth: 1,
    numRegisterTokens: 1,
  },
  optimizer: { ...paperConfig.optimizer, batchSize: 2, lrStart: 1e-3, lrPeak: 1e-3 },
};

export interface ComparedSteps {
  readonly steps: number;
  /** Largest difference of two losses, relative. */
  readonly lossDifference: number;
  readonly normDifference: number;
}

export interface MemoryFigures {
  readonly steps: number;
  readonly warmSteps: number;
  /** tfjs tensors once the library is warm, and after the last step. */
  readonly tensors: readonly [number, number];
  readonly residentBytes: readonly [number, number];
}

export interface TimedSteps {
  readonly name: string;
  readonly threads: number;
  /** Wall-clock and processor milliseconds of each step, by executor. */
  readonly wallMs: Readonly<Record<Id, readonly number[]>>;
  readonly cpuMs: Readonly<Record<Id, readonly number[]>>;
}

export interface StepsReport {
  readonly compared: ComparedSteps;
  readonly memory: MemoryFigures;
  readonly timed: readonly TimedSteps[];
}

const threads = physicalCores();
const open: Executor[] = [];

async function start(id: Id, config: RunConfig): Promise<CompiledProgram> {
  // Threads that wait awake for work would slow the other executor's turns.
  const executor = await createExecutor(id, { threads, spinning: false });
  open.push(executor);
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState(samplePretrainState(config));
  return program;
}

async function closeAll(): Promise<void> {
  for (const executor of open.splice(0)) await executor.dispose();
}

/** Inputs of any step, from numbers that depend on the step alone. */
function makeInputs(config: RunConfig) {
  const schedule = createSchedule(config.optimizer, 20);
  const length = config.optimizer.batchSize * config.model.inChannels * config.model.imageSize ** 2;
  return (step: number) => {
    const random = new CounterRandom(config.seed, 'tensorflowSteps', step);
    const draw = () => Float32Array.from({ length }, () => random.nextNormal());
    return computeStepInputs(config, schedule, step, { contextImages: draw(), targetImages: draw() });
  };
}

function difference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const parts = Array.from(left, (value, index) => {
    const other = right[index]!;
    return Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other), 1e-6);
  });
  return Math.max(...parts);
}

async function compareSteps(steps: number): Promise<ComparedSteps> {
  const [compiled, eager] = [await start('compiled-cpu', tiny), await start('eager-tensorflow', tiny)];
  const inputsOf = makeInputs(tiny);
  let [lossDifference, normDifference] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const inputs = inputsOf(step);
    const [left, right] = [await compiled.run(inputs), await eager.run(inputs)];
    lossDifference = Math.max(lossDifference, difference(left['loss']!, right['loss']!));
    normDifference = Math.max(normDifference, difference(left['gradNorms']!, right['gradNorms']!));
  }
  await closeAll();
  return { steps, lossDifference, normDifference };
}

async function watchMemory(steps: number): Promise<MemoryFigures> {
  const program = await start('eager-tensorflow', tiny);
  const inputsOf = makeInputs(tiny);
  const look = () => {
    // Arrays that JavaScript only has not collected yet are not what is looked for (node --expose-gc).
    globalThis.gc?.();
    return [tf.memory().numTensors, process.memoryUsage().rss] as const;
  };
  // TensorFlow keeps a plan of each operation that it has met, and threads their memory.
  const warmSteps = Math.floor(steps / 3);
  let before = look();
  for (let step = 0; step < steps; step++) {
    await program.run(inputsOf(step));
    if (step === warmSteps) before = look();
  }
  const after = look();
  await closeAll();
  return { steps, warmSteps, tensors: [before[0], after[0]], residentBytes: [before[1], after[1]] };
}

async function timeSteps(name: string, config: RunConfig, steps: number): Promise<TimedSteps> {
  const programs = [await start('compiled-cpu', config), await start('eager-tensorflow', config)];
  const inputsOf = makeInputs(config);
  const wallMs: Record<Id, number[]> = { 'compiled-cpu': [], 'eager-tensorflow': [] };
  const cpuMs: Record<Id, number[]> = { 'compiled-cpu': [], 'eager-tensorflow': [] };
  const warmup = 2;
  for (let step = 0; step < warmup + steps; step++) {
    const inputs = inputsOf(step);
    for (const [index, id] of ids.entries()) {
      const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
      await programs[index]!.run(inputs);
      const used = process.cpuUsage(cpu);
      if (step < warmup) continue;
      wallMs[id].push(performance.now() - startedMs);
      cpuMs[id].push((used.user + used.system) / 1000);
    }
  }
  await closeAll();
  return { name, threads, wallMs, cpuMs };
}

const steps = Number(process.argv[2]);
const report: StepsReport = {
  compared: await compareSteps(20),
  memory: await watchMemory(300),
  timed: [
    await timeSteps('quick', presets.quick.config, steps),
    await timeSteps('mid', benchConfig('mid', true), steps),
  ],
};
process.stdout.write(`${JSON.stringify(report)}\n`);
