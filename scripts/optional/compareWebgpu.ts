// The part of the WebGPU check that computes, in a process of its own: a driver may end it. argument: training steps.
// Ends with code 0 when all is right, 1 when a number is wrong, 3 when there is no device.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runParity } from '../../engine/cli/parity.ts';
import { paperConfig, type RunConfig } from '../../engine/contract/config.ts';
import { samplePretrainState } from '../../engine/mimjepa/initialState.ts';
import { pretrainProgram } from '../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../engine/mimjepa/schedules.ts';
import { computeStepInputs } from '../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';
import { CompiledExecutor } from '../../engine/runtime/compiledExecutor.ts';
import type { Executor } from '../../engine/runtime/program.ts';
import { probeExecutor } from '../../engine/runtime/discovery/probeExecutor.ts';
import { findWebgpuObstacle } from '../../engine/runtime/webgpuAdapter.ts';
import { WebgpuExecutor } from '../../engine/runtime/webgpuExecutor.ts';

const golden = join(process.cwd(), 'tests', 'golden');
/** Losses may drift apart as rounding adds up; a wrong gradient moves them by orders of magnitude more. */
const largestLossDifference = { float32: 1e-3, mixed: 1e-2 } as const;
const stepsBetweenLines = 50;

/** The sparse tokenizer costs a software device eight times as much as the rest of so small a model: fewer steps of it. */
const trainings = [
  { tokenizer: 'vit', precision: 'float32', share: 1 },
  { tokenizer: 'scott', precision: 'float32', share: 0.1 },
  { tokenizer: 'vit', precision: 'mixed', share: 0.25 },
  { tokenizer: 'scott', precision: 'mixed', share: 0.05 },
] as const;
type Training = (typeof trainings)[number];

function configOf({ tokenizer, precision }: Training): RunConfig {
  const size = { imageSize: 32, embedDim: 16, depth: 1, numHeads: 2, predictorDepth: 1 };
  return {
    ...paperConfig,
    model: { ...paperConfig.model, ...size, tokenizer },
    optimizer: { ...paperConfig.optimizer, batchSize: 4, lrStart: 1e-3, lrPeak: 1e-3, precision },
  };
}

function stepInputs(config: RunConfig, step: number) {
  const random = new CounterRandom(config.seed, 'webgpu check', step);
  const count = config.optimizer.batchSize * 3 * config.model.imageSize ** 2;
  const images = () => Float32Array.from({ length: count }, () => random.nextNormal());
  const batch = { contextImages: images(), targetImages: images() };
  return computeStepInputs(config, createSchedule(config.optimizer, 20), step, batch);
}

async function start(executor: Executor, config: RunConfig) {
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState(samplePretrainState(config));
  return program;
}

/** True when the losses stay together: in mixed precision the CPU rounds as the GPU does. */
async function compareTraining(training: Training, steps: number): Promise<boolean> {
  const { tokenizer, precision } = training;
  const config = configOf(training);
  const executors = [new WebgpuExecutor(), new CompiledExecutor()] as const;
  const [gpu, cpu] = await Promise.all(executors.map((executor) => start(executor, config)));
  let worst = 0;
  const ms = { gpu: 0, cpu: 0 };
  for (let step = 0; step < steps; step++) {
    const inputs = stepInputs(config, step);
    const startedMs = performance.now();
    const actual = (await gpu!.run(inputs))['loss']![0]!;
    const betweenMs = performance.now();
    const expected = (await cpu!.run(inputs))['loss']![0]!;
    ms.gpu += betweenMs - startedMs;
    ms.cpu += performance.now() - betweenMs;
    const difference = Math.abs(actual - expected) / Math.abs(expected);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
    const isShown = step === 0 || (step + 1) % stepsBetweenLines === 0;
    if (isShown)
      console.log(`step ${step + 1}: loss ${actual.toFixed(6)}, on the CPU ${expected.toFixed(6)}`);
  }
  for (const executor of executors) await executor.dispose();
  const rates = `${(ms.gpu / steps).toFixed(1)} ms a step, on the CPU ${(ms.cpu / steps).toFixed(1)}`;
  console.log(
    `${tokenizer}, ${precision}, ${steps} steps: losses apart by ${worst.toExponential(1)} at most (relative); ${rates}`,
  );
  return worst <= largestLossDifference[precision];
}

const obstacle = await findWebgpuObstacle();
if (obstacle) {
  console.log(`no device: ${obstacle.reason}`);
  process.exit(3);
}
const files = readdirSync(golden).filter((name) => /^(scott|vit)-.*\.safetensors$/.test(name));
const paths = files.map((name) => join(golden, name));
const parity = await runParity(paths, { executors: ['compiled-webgpu'], print: (line) => console.log(line) });
if (!parity.passed) process.exit(1);
const steps = Number(process.argv[2] ?? 200);
const { halfPrecision } = await probeExecutor('compiled-webgpu');
if (!halfPrecision)
  console.log('mixed precision: skipped: this adapter computes no products of half precision');
for (const training of trainings) {
  if (training.precision === 'mixed' && !halfPrecision) continue;
  if (!(await compareTraining(training, Math.max(1, Math.round(training.share * steps))))) process.exit(1);
}
