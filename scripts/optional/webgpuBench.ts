// Milliseconds of a training step on the graphics card, in float32 and in mixed precision, one after the other in one process.
// usage: npm run bench:webgpu [-- --sizes mid:32,paper:64] [--steps N] [--micro N] [--profile]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchConfig, type BenchSize } from '../../engine/cli/bench/configurations.ts';
import { precisions, type Precision, type RunConfig } from '../../engine/contract/config.ts';
import { samplePretrainState } from '../../engine/mimjepa/initialState.ts';
import { emptySums, runStepParts } from '../../engine/mimjepa/microBatches.ts';
import { pretrainProgram } from '../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../engine/mimjepa/schedules.ts';
import { computeBatchParts, computeScheduleInputs } from '../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';
import { probeExecutor } from '../../engine/runtime/discovery/probeExecutor.ts';
import { WebgpuExecutor, type WebgpuOptions } from '../../engine/runtime/webgpuExecutor.ts';
import { countFlops } from '../../engine/trace/countFlops.ts';
import { traceProgram } from '../../engine/trace/traceProgram.ts';
import { webgpuProvider } from '../../engine/trace/webgpuProvider.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'mid:32,paper:64' },
    steps: { type: 'string', default: '15' },
    /** Images that a part of a step computes at once; the step of them is timed as well. */
    micro: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const warmupSteps = 3;

function configOf(size: string, precision: Precision, microBatch?: number): RunConfig {
  const [name, batch] = size.split(':') as [BenchSize, string];
  const config = benchConfig(name, true);
  const optimizer = { ...config.optimizer, batchSize: Number(batch), precision };
  return { ...config, optimizer: microBatch === undefined ? optimizer : { ...optimizer, microBatch } };
}

async function timeSteps(config: RunConfig, steps: number, options: WebgpuOptions = {}) {
  const executor = new WebgpuExecutor(options);
  const program = await executor.compile(pretrainProgram(config));
  await program.writeState({ ...samplePretrainState(config), ...emptySums(config) });
  const { batchSize } = config.optimizer;
  const random = new CounterRandom(config.seed, 'bench');
  const count = batchSize * config.model.inChannels * config.model.imageSize ** 2;
  const images = Float32Array.from({ length: count }, () => random.nextNormal());
  const parts = computeBatchParts(config, 0, { contextImages: images, targetImages: images });
  const shared = computeScheduleInputs(config, createSchedule(config.optimizer, 20).at(0), 0);
  const stepMs: number[] = [];
  let loss = Number.NaN;
  for (let step = 0; step < warmupSteps + steps; step++) {
    const startedMs = performance.now();
    loss = (await runStepParts(program, parts, shared))['loss']![0]!;
    if (step >= warmupSteps) stepMs.push(performance.now() - startedMs);
  }
  await executor.dispose();
  stepMs.sort((a, b) => a - b);
  return { ms: stepMs[Math.floor(stepMs.length / 2)]!, low: stepMs[0]!, high: stepMs.at(-1)!, loss };
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly args?: Record<string, unknown>;
}

/** Prints what took most of the device's time, as onnxruntime tells it: `Api` is the device's, `Node` the host's. */
async function profile(config: RunConfig): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-profile-'));
  const steps = 3;
  await timeSteps(config, steps, { profilePrefix: join(folder, 'step') });
  for (const file of readdirSync(folder)) {
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
    const sums = new Map<string, { us: number; count: number }>();
    for (const { cat, name, dur = 0, args } of events) {
      if (cat === 'Session') continue;
      const key =
        `${cat} ${name} ${JSON.stringify(args?.['shapes'] ?? args?.['input_type_shape'] ?? '')}`.slice(
          0,
          180,
        );
      const sum = sums.get(key) ?? { us: 0, count: 0 };
      sums.set(key, { us: sum.us + dur, count: sum.count + 1 });
    }
    const all = [...sums].sort((a, b) => b[1].us - a[1].us);
    const cats = new Map<string, number>();
    for (const [key, { us }] of all) cats.set(key.split(' ')[0]!, (cats.get(key.split(' ')[0]!) ?? 0) + us);
    console.log(
      [...cats]
        .map(([cat, us]) => `${cat}: ${(us / 1000 / (steps + warmupSteps)).toFixed(1)} ms a step`)
        .join(', '),
    );
    for (const [key, { us, count }] of all.slice(0, 45))
      console.log(
        `${(us / 1000 / (steps + warmupSteps)).toFixed(2).padStart(8)} ms ${String(count).padStart(6)} × ${key}`,
      );
  }
  rmSync(folder, { recursive: true, force: true });
}

const { halfPrecision } = await probeExecutor('compiled-webgpu');
console.log(`half precision: ${halfPrecision ? 'yes' : 'no'}`);
const { resultsAtOnce: _, ...whole } = webgpuProvider;
for (const size of values.sizes.split(',')) {
  for (const precision of precisions) {
    if (precision === 'mixed' && !halfPrecision) continue;
    for (const [how, config, options] of [
      ['whole products', configOf(size, precision), { lowering: whole }],
      ['long sums in pieces', configOf(size, precision), {}],
      ...(values.micro
        ? [[`parts of ${values.micro}`, configOf(size, precision, Number(values.micro)), {}] as const]
        : []),
    ] as const) {
      const { graph } = traceProgram(pretrainProgram(config), options.lowering ?? webgpuProvider);
      const flops = countFlops(graph);
      const { batchSize } = config.optimizer;
      const { ms, low, high, loss } = await timeSteps(config, Number(values.steps), options);
      console.log(
        `${size} ${precision} ${how}: ${ms.toFixed(1)} ms (${low.toFixed(1)}–${high.toFixed(1)}), ${((1000 * batchSize) / ms).toFixed(0)} images/s, ${graph.nodes.length} nodes, ${(flops / ms / 1e9).toFixed(2)} TFLOP/s, loss ${loss.toFixed(6)}`,
      );
      if (values.profile && how !== 'whole products') await profile(config);
    }
  }
}
