import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { paperConfig, type ModelConfig, type RunConfig } from '../../../engine/contract/config.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { createExecutor } from '../../../engine/runtime/executors.ts';
import type { CompiledProgram, Executor, NamedData, TensorSpec } from '../../../engine/runtime/program.ts';
import { samplePretrainState } from '../../../engine/mimjepa/initialState.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../../engine/mimjepa/schedules.ts';
import {
  assembleStepInputs,
  computeStepInputs,
  sampleKeepMasks,
  type PretrainBatch,
} from '../../../engine/mimjepa/stepInputs.ts';
import { planStep } from '../../../engine/mimjepa/stepPlan.ts';
import { computeLearning } from '../../../engine/mimjepa/trainStep.ts';
import { expectClose } from '../nn/tensorChecks.ts';

let executor: Executor;
/** For what would take minutes operation by operation. */
let fast: Executor;
beforeAll(async () => {
  await tf.setBackend('cpu');
  executor = await createExecutor('eager-cpu');
  fast = await createExecutor('compiled-cpu');
});
afterAll(async () => {
  await executor.dispose();
  await fast.dispose();
});

const still: Partial<ModelConfig> = { dropout: 0, attentionDropout: 0, stochasticDepth: 0 };

function configOf(model: Partial<ModelConfig>, batchSize = 2): RunConfig {
  const small: Partial<ModelConfig> = {
    imageSize: 48,
    embedDim: 32,
    depth: 2,
    numHeads: 2,
    predictorDepth: 2,
  };
  return {
    ...paperConfig,
    model: { ...paperConfig.model, ...small, ...model },
    optimizer: { ...paperConfig.optimizer, batchSize, epochs: 20, warmupEpochs: 2, lrPeak: 2e-3 },
    seed: 9,
  };
}

function sampleBatch({ model, optimizer }: RunConfig): PretrainBatch {
  const count = optimizer.batchSize * model.inChannels * model.imageSize ** 2;
  const random = new CounterRandom('batch');
  const contextImages = Float32Array.from({ length: count }, () => random.nextNormal());
  return { contextImages, targetImages: contextImages.map((value) => value + 0.1 * random.nextNormal()) };
}

function toTensors(specs: readonly TensorSpec[], data: NamedData): Record<string, tf.Tensor> {
  const tensor = ({ name, shape, type }: TensorSpec) =>
    type === 'int32'
      ? tf.tensor(data[name] as Int32Array, [...shape], 'int32')
      : tf.tensor(Float32Array.from(data[name]!), [...shape]);
  return Object.fromEntries(specs.map((spec) => [spec.name, tensor(spec)]));
}

/** Moves the tiny initial weights, so that every gradient is well above rounding. */
function stirredState(config: RunConfig): Record<string, Float32Array> {
  const state = samplePretrainState(config);
  const random = new CounterRandom('stir');
  for (const [name, values] of Object.entries(state)) {
    if (name.startsWith('adam')) continue;
    const scale = name.includes('tokenizer') ? 0.01 : 0.15;
    state[name] = values.map((value) => value + scale * random.nextNormal());
  }
  return state;
}

async function start(config: RunConfig, on = executor): Promise<CompiledProgram> {
  const compiled = await on.compile(pretrainProgram(config));
  await compiled.writeState(samplePretrainState(config));
  return compiled;
}

describe('a training step', () => {
  const schedule = createSchedule(configOf({}).optimizer, 1);

  test.each([
    ['SCOTT, SwiGLU', {}],
    ['SCOTT, MLP, registers', { feedForward: 'mlp', mlpRatio: 2, numRegisterTokens: 3, predictorDepth: 1 }],
    ['ViT', { tokenizer: 'vit', patchSize: 8, imageSize: 32, depth: 1 }],
  ] as const)('computes the same from visible patches as densely: %s', (_, model) => {
    const config = configOf({ ...still, ...model });
    const batch = sampleBatch(config);
    const masks = sampleKeepMasks(config, 4);
    const stirred = stirredState(config);
    const learn = (structure: 'visible' | 'dense') => {
      const plan = planStep(config, { structure });
      const program = pretrainProgram(config, { structure });
      const inputs = toTensors(program.inputs, assembleStepInputs(plan, batch, masks, schedule.at(4), 4));
      return computeLearning(plan, inputs, toTensors(program.state, stirred));
    };
    const [visible, dense] = [learn('visible'), learn('dense')];
    expectClose(visible.loss, dense.loss.dataSync(), 1e-6);
    for (const [name, gradient] of Object.entries(dense.gradients)) {
      const scale = tf.max(tf.abs(gradient)).dataSync()[0]!;
      expect(scale, name).toBeGreaterThan(1e-7);
      expectClose(visible.gradients[name]!, gradient.dataSync(), 2e-5 * scale);
    }
  });

  test('has the gradient that finite differences show', () => {
    const config = configOf({ ...still, tokenizer: 'vit', imageSize: 32, depth: 1, predictorDepth: 1 });
    const plan = planStep(config);
    const program = pretrainProgram(config);
    const values = assembleStepInputs(
      plan,
      sampleBatch(config),
      sampleKeepMasks(config, 0),
      schedule.at(0),
      0,
    );
    const inputs = toTensors(program.inputs, values);
    const stirred = stirredState(config);
    const { gradients } = computeLearning(plan, inputs, toTensors(program.state, stirred));
    for (const name of Object.keys(gradients)) {
      const analytic = Float32Array.from(gradients[name]!.dataSync());
      const element = analytic.reduce(
        (best, value, at) => (Math.abs(value) > Math.abs(analytic[best]!) ? at : best),
        0,
      );
      const lossAt = (by: number) =>
        tf.tidy(() => {
          const moved = stirred[name]!.slice();
          moved[element] = moved[element]! + by;
          const state = toTensors(program.state, { ...stirred, [name]: moved });
          return computeLearning(plan, inputs, state).loss.dataSync()[0]!;
        });
      const step = 5e-3;
      const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
      expect(Math.abs(numeric - analytic[element]!), name).toBeLessThan(
        2e-4 + 0.03 * Math.abs(analytic[element]!),
      );
    }
  });

  test('leaves the target encoder untouched by gradients: it only follows the context encoder', async () => {
    const config = configOf({ ...still, tokenizer: 'vit', imageSize: 32 });
    const compiled = await start(config);
    const before = await compiled.readState();
    await compiled.run(computeStepInputs(config, schedule, 0, sampleBatch(config)));
    const after = await compiled.readState();
    const momentum = schedule.at(0).emaMomentum;
    for (const name of Object.keys(before).filter((key) => key.startsWith('target/'))) {
      const context = after[name.replace('target/', 'context/')]!;
      const expected = Float32Array.from(
        before[name]!,
        (value, i) => momentum * value + (1 - momentum) * context[i]!,
      );
      expectClose(after[name]!, expected, 1e-6);
    }
    expect(after['predictor/transformer.msk_embed']).toEqual(before['predictor/transformer.msk_embed']);
    expect(after['context/transformer.msk_embed']).not.toEqual(before['context/transformer.msk_embed']);
  });

  test('lowers the loss on a few images within 20 steps, with dropout and stochastic depth', async () => {
    const config = configOf({}, 4);
    const compiled = await start(config, fast);
    const batch = sampleBatch(config);
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const { loss, gradNorms, targetSpread } = await compiled.run(
        computeStepInputs(config, schedule, step, batch),
      );
      losses.push(loss![0]!);
      for (const norm of gradNorms!) expect(norm).toBeGreaterThan(0);
      expect(targetSpread![0]).toBeGreaterThan(0);
    }
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(0.9 * mean(losses.slice(0, 4)));
  });

  test('resumed from its state goes on exactly as if it had not stopped', async () => {
    const config = configOf({ tokenizer: 'vit', imageSize: 32 });
    const batch = sampleBatch(config);
    const inputsAt = (step: number) => computeStepInputs(config, schedule, step, batch);
    const whole = await start(config);
    for (const step of [0, 1, 2]) await whole.run(inputsAt(step));
    const middle = await whole.readState();
    const expected = await whole.run(inputsAt(3));
    const resumed = await executor.compile(pretrainProgram(config));
    await resumed.writeState(middle);
    expect(await resumed.run(inputsAt(3))).toEqual(expected);
    expect(await resumed.readState()).toEqual(await whole.readState());
  });

  test('writes nothing but not-a-number when an image is not a number, and says so in loss and norms', async () => {
    const config = configOf({ ...still, tokenizer: 'vit', imageSize: 32 });
    const compiled = await start(config);
    const batch = sampleBatch(config);
    batch.targetImages[5] = NaN;
    const { loss, gradNorms } = await compiled.run(computeStepInputs(config, schedule, 0, batch));
    expect(loss![0]).toBeNaN();
    expect([...gradNorms!].some((norm) => Number.isNaN(norm))).toBe(true);
    const { 'context/tokenizer.proj.weight': weight } = await compiled.readState([
      'context/tokenizer.proj.weight',
    ]);
    expect(weight!.every((value) => Number.isNaN(value))).toBe(true);
  });

  test('leaves nothing behind but its results', () => {
    const config = configOf({ tokenizer: 'vit', imageSize: 32 });
    const program = pretrainProgram(config);
    const inputs = toTensors(program.inputs, computeStepInputs(config, schedule, 0, sampleBatch(config)));
    const state = toTensors(program.state, samplePretrainState(config));
    const before = tf.memory().numTensors;
    const { state: next, outputs } = tf.tidy(() => {
      const result = program.build(inputs, state);
      return { state: result.state, outputs: result.outputs } as Record<string, tf.NamedTensorMap>;
    });
    expect(tf.memory().numTensors - before).toBe(Object.keys(next!).length + Object.keys(outputs!).length);
  });
});

describe('the pretraining program', () => {
  test('has a state that samplePretrainState fills completely, the target a copy of the context encoder', () => {
    const config = configOf({ embedDim: 16 });
    const state = samplePretrainState(config);
    const specs = pretrainProgram(config).state;
    expect(Object.keys(state).sort()).toEqual(specs.map((spec) => spec.name).sort());
    for (const { name, shape } of specs) {
      expect(state[name]!.length, name).toBe(shape.reduce((product, side) => product * side, 1));
    }
    const target = 'target/tokenizer.tokenizer.0.weight';
    expect(state[target]).toEqual(state['context/tokenizer.tokenizer.0.weight']);
    expect(state[target]).not.toBe(state['context/tokenizer.tokenizer.0.weight']);
  });

  test('works where the SwiGLU is 0 wide and carries its empty weights along', async () => {
    const config = configOf({ embedDim: 16, tokenizer: 'vit', imageSize: 32 });
    const compiled = await start(config);
    const { loss } = await compiled.run(
      computeStepInputs(config, createSchedule(config.optimizer, 1), 0, sampleBatch(config)),
    );
    expect(Number.isFinite(loss![0])).toBe(true);
    const name = 'context/transformer.blocks.0.ffn_layer.w1.weight';
    expect((await compiled.readState([name]))[name]).toEqual(new Float32Array(0));
  });
});

describe('step inputs', () => {
  const config = configOf({});
  const schedule = createSchedule(config.optimizer, 1);

  test('are those that the program declares, by name, size and type', () => {
    const inputs = computeStepInputs(config, schedule, 3, sampleBatch(config));
    const { inputs: specs } = pretrainProgram(config);
    expect(Object.keys(inputs).sort()).toEqual(specs.map((spec) => spec.name).sort());
    const types = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
    for (const { name, shape, type } of specs) {
      expect(inputs[name], name).toBeInstanceOf(types[type]);
      expect(inputs[name]!.length, name).toBe(shape.reduce((product, side) => product * side, 1));
    }
  });

  test('depend on seed and step alone, and differ between steps and seeds', () => {
    const batch = sampleBatch(config);
    const at = (step: number, seed = config.seed) =>
      computeStepInputs({ ...config, seed }, schedule, step, batch);
    expect(at(5)).toEqual(at(5));
    for (const name of ['places/source', 'noise/context/positions', 'noise/predictor/blocks.0.attention']) {
      expect(at(5)[name]).not.toEqual(at(6)[name]);
      expect(at(5)[name]).not.toEqual(at(5, 10)[name]);
    }
    expect(sampleKeepMasks(config, 2).slice(0, 9)).not.toEqual(sampleKeepMasks(config, 2).slice(9));
  });

  test('refuse a batch of another size', () => {
    const batch = sampleBatch(configOf({}, 3));
    expect(() => computeStepInputs(config, schedule, 0, batch)).toThrow(
      expect.objectContaining({ code: 'tensor.shape' }),
    );
  });
});
