// Reads a file of reference values (weights, images, tokens, gradients of one small model) into the engine's terms. What
// the tensors themselves tell is taken from them, so a config that lacks a field is no obstacle.
import { paperConfig } from '../contract/config.ts';
import type { ModelConfig, RunConfig } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import { readSafetensors } from '../project/safetensors.ts';
import type { NamedArray, SafetensorsFile } from '../project/safetensors.ts';
import { fromOfficialNames } from '../model/officialNames.ts';
import type { ShapedArray } from '../model/officialNames.ts';
import { withPrefix, withoutPrefix } from '../model/weightNames.ts';
import { createStepSchedule } from '../mimjepa/schedules.ts';
import type { ScheduleValues } from '../mimjepa/schedules.ts';
import type { PretrainBatch } from '../mimjepa/stepInputs.ts';

export interface ReferenceStep {
  readonly batch: PretrainBatch;
  /** [B, N] bytes, 1 = visible. */
  readonly keepMasks: Uint8Array;
  readonly values: ScheduleValues;
  /** Undefined where the file does not tell. */
  readonly loss?: number;
}

export interface ReferenceModel {
  readonly path: string;
  readonly config: RunConfig;
  readonly steps: readonly ReferenceStep[];
  readonly probeHeads: number;
  /** Tensors of a section (`init/`, `grad0/`, `final/`), named as the engine's state. */
  section(name: 'init' | 'grad0' | 'final'): Record<string, ShapedArray>;
  /** One tensor by its name in the file. */
  tensor(name: string): ShapedArray | undefined;
  /** Tensors whose names start with a prefix, under engine names without it. */
  withPrefix(prefix: string): Record<string, ShapedArray>;
}

/** Names in the files → names of the engine's state. */
const networks = { context_encoder: 'context/', target_encoder: 'target/', predictor: 'predictor/' } as const;

/** A tensor as float32, whatever whole-number type it has. */
function asFloats({ shape, data }: NamedArray): ShapedArray {
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data, Number) };
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Plain text in the metadata is a string, not JSON.
    return text;
  }
}

function numberList(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'number') : [];
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function countBlocks(names: readonly string[], prefix: string): number {
  const pattern = /blocks\.(\d+)\./;
  const indices = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(pattern.exec(name)?.[1] ?? -1));
  return 1 + Math.max(-1, ...indices);
}

function readModelConfig(file: SafetensorsFile, path: string): ModelConfig {
  const names = Object.keys(file.tensors);
  const context = 'init/context_encoder.';
  const shapeOf = (name: string) => file.tensors[name]?.shape;
  const config = (parse(file.metadata['config']) ?? {}) as Readonly<Record<string, unknown>>;
  const images = shapeOf('step0/x_context') ?? shapeOf('step0/x_target');
  const width = shapeOf(`${context}transformer.msk_embed`)?.[2];
  if (!images || images.length !== 4 || width === undefined) {
    throw new EngineError('file.corrupt', `${path} holds no model in the reference format`, {
      details: { path },
    });
  }
  const attention = shapeOf('step0/last_attention_full')?.[1];
  const hidden = shapeOf(`${context}transformer.blocks.0.ffn_layer.linear1.weight`)?.[0];
  const patchKernel = shapeOf(`${context}tokenizer.proj.weight`);
  return {
    tokenizer: patchKernel ? 'vit' : 'scott',
    imageSize: images[2]!,
    patchSize: patchKernel?.[2] ?? 16,
    inChannels: images[1]!,
    embedDim: width,
    depth: countBlocks(names, context),
    numHeads: attention ?? numberOf(config['num_heads'], 1),
    feedForward: hidden === undefined ? 'swiglu' : 'mlp',
    // Half a unit more than the exact ratio, so that rounding down gives the file's width back.
    mlpRatio: hidden === undefined ? 4 : (hidden + 0.5) / width,
    numRegisterTokens: shapeOf(`${context}transformer.reg_embed`)?.[1] ?? 0,
    predictorDepth: countBlocks(names, 'init/predictor.'),
    dropout: 0,
    attentionDropout: 0,
    stochasticDepth: 0,
  };
}

/** Schedule values of each step: as listed in the file, else from the schedule it describes. */
function readScheduleValues(file: SafetensorsFile, count: number, path: string): ScheduleValues[] {
  const lists = ['lr', 'weight_decay', 'ema'].map((name) => numberList(parse(file.metadata[name])));
  if (lists.every((list) => list.length >= count)) {
    return Array.from({ length: count }, (_, step) => ({
      lr: lists[0]![step]!,
      weightDecay: lists[1]![step]!,
      emaMomentum: lists[2]![step]!,
    }));
  }
  const described = parse(file.metadata['schedule']) as Readonly<Record<string, unknown>> | undefined;
  if (!described) {
    throw new EngineError('file.corrupt', `${path} tells neither learning rates nor a schedule`, {
      details: { path },
    });
  }
  const field = (name: string, fallback: number) => numberOf(described[name], fallback);
  const schedule = createStepSchedule({
    totalSteps: field('total_steps', count),
    warmupSteps: field('lr_warmup_steps', 0),
    lrStart: field('lr_start', 0),
    lrPeak: field('lr_peak', 0),
    lrFinal: field('lr_final', 0),
    lrFlatShare: field('lr_flat_pctg', 0),
    weightDecayStart: field('wd_start', 0),
    weightDecayFinal: field('wd_final', 0),
    emaStart: numberOf(parse(file.metadata['ema_start']), 1),
    emaFinal: numberOf(parse(file.metadata['ema_final']), 1),
  });
  return Array.from({ length: count }, (_, step) => schedule.at(step));
}

function readSteps(file: SafetensorsFile, path: string): ReferenceStep[] {
  const losses = numberList(parse(file.metadata['losses']));
  const steps: Omit<ReferenceStep, 'values'>[] = [];
  for (let step = 0; file.tensors[`step${step}/keep_mask`]; step++) {
    const tensor = (name: string): ShapedArray => {
      const found = file.tensors[`step${step}/${name}`];
      if (found) return asFloats(found);
      throw new EngineError('file.corrupt', `${path} lacks step${step}/${name}`, { details: { path } });
    };
    steps.push({
      batch: { contextImages: tensor('x_context').data, targetImages: tensor('x_target').data },
      keepMasks: Uint8Array.from(tensor('keep_mask').data),
      loss: losses[step],
    });
  }
  if (steps.length === 0) {
    throw new EngineError('file.corrupt', `${path} holds no training step`, { details: { path } });
  }
  const values = readScheduleValues(file, steps.length, path);
  return steps.map((step, index) => Object.assign(step, { values: values[index]! }));
}

/** Reads a reference model. Throws file.missing, file.corrupt. */
export function readReferenceModel(path: string): ReferenceModel {
  const file = readSafetensors(path);
  const model = readModelConfig(file, path);
  const arrays: Record<string, ShapedArray> = Object.fromEntries(
    Object.entries(file.tensors).map(([name, array]) => [name, asFloats(array)]),
  );
  const named = (prefix: string) => fromOfficialNames(withoutPrefix(arrays, prefix));
  const batchSize = file.tensors['step0/x_target']?.shape[0] ?? 1;
  return {
    path,
    config: { ...paperConfig, model, optimizer: { ...paperConfig.optimizer, batchSize } },
    steps: readSteps(file, path),
    probeHeads: numberOf(parse(file.metadata['probe_num_heads']), model.numHeads),
    section: (section) =>
      Object.assign(
        {},
        ...Object.entries(networks).map(([network, prefix]) =>
          withPrefix(named(`${section}/${network}.`), prefix),
        ),
      ) as Record<string, ShapedArray>,
    tensor: (name) => arrays[name],
    withPrefix: named,
  };
}
