// One row a hyperparameter: its range, its unit and one sentence for a person. Validation, the documentation and the
// interface's advanced settings all read this table, so a field cannot exist without its explanation.
import { gridSide, imagesAtOnce, keptPatchCount, patchCount, precisions, type RunConfig } from './config.ts';
import { EngineError } from './errors.ts';

interface NumberField {
  readonly kind: 'number' | 'integer';
  readonly min: number;
  readonly max: number;
}
interface ChoiceField {
  readonly kind: 'choice';
  readonly choices: readonly string[];
}
interface RangeField {
  readonly kind: 'range';
  readonly min: number;
  readonly max: number;
}
export type ConfigField = (NumberField | ChoiceField | RangeField) & {
  readonly unit: string;
  /** One sentence that a researcher who has never trained a model understands. */
  readonly sentence: string;
};

const number = (min: number, max: number, unit: string, sentence: string): ConfigField => ({
  kind: 'number',
  min,
  max,
  unit,
  sentence,
});
const integer = (min: number, max: number, unit: string, sentence: string): ConfigField => ({
  kind: 'integer',
  min,
  max,
  unit,
  sentence,
});
const probability = (sentence: string): ConfigField => number(0, 1, 'probability', sentence);
const choice = (choices: readonly string[], sentence: string): ConfigField => ({
  kind: 'choice',
  choices,
  unit: '',
  sentence,
});
const range = (min: number, max: number, unit: string, sentence: string): ConfigField => ({
  kind: 'range',
  min,
  max,
  unit,
  sentence,
});

/** Every field of RunConfig by its dotted path. */
export const configFields: Readonly<Record<string, ConfigField>> = {
  'model.tokenizer': choice(
    ['scott', 'vit'],
    'How pixels become tokens: a sparse convolutional network (scott) or one linear map a patch (vit).',
  ),
  'model.imageSize': integer(32, 1024, 'px', 'Side of the square crop that the model sees.'),
  'model.patchSize': integer(4, 64, 'px', 'Side of one patch; scott always uses 16.'),
  'model.inChannels': integer(3, 3, 'channels', 'Colour channels; gray images are repeated to three.'),
  'model.embedDim': integer(16, 2048, 'numbers', 'Length of the feature vector of a patch.'),
  'model.depth': integer(1, 48, 'blocks', 'Transformer blocks of the encoder.'),
  'model.numHeads': integer(1, 32, 'heads', 'Attention heads of a block; they divide the feature vector.'),
  'model.feedForward': choice(['swiglu', 'mlp'], 'The kind of feed-forward layer inside a block.'),
  'model.mlpRatio': number(0.25, 16, 'times', 'Hidden width over the feature width, for the mlp kind only.'),
  'model.numRegisterTokens': integer(0, 32, 'tokens', 'Extra tokens in which the model can keep notes.'),
  'model.predictorDepth': integer(1, 24, 'blocks', 'Transformer blocks that predict the hidden patches.'),
  'model.dropout': number(0, 0.9, 'probability', 'Share of feature values zeroed at random while training.'),
  'model.attentionDropout': number(
    0,
    0.9,
    'probability',
    'Share of attention weights zeroed while training.',
  ),
  'model.stochasticDepth': number(
    0,
    0.9,
    'probability',
    'How often the deepest block is skipped while training; shallower blocks less often.',
  ),
  'masking.kind': choice(['blockwise', 'uniform'], 'Whether visible patches form blocks or are scattered.'),
  'masking.dropRatio': number(0.05, 0.95, 'share', 'Share of patches that are hidden and predicted.'),
  'augment.cropScale': range(0.01, 1, 'share of the image', 'How small and how large a random crop may be.'),
  'augment.cropAspect': range(0.2, 5, 'width over height', 'How narrow and how wide a random crop may be.'),
  'augment.horizontalFlip': probability('How often an image is mirrored left to right.'),
  'augment.verticalFlip': probability('How often an image is mirrored top to bottom.'),
  'augment.colorViews': choice(
    ['none', 'diff'],
    'Whether the two views of an image get different colours (diff) or keep their own (none).',
  ),
  'augment.colorProbability': probability('How often the colours of a view are changed at all.'),
  'augment.jitterProbability': probability('How often brightness, contrast, saturation and hue change.'),
  'augment.brightness': number(0, 1, 'share', 'Largest change of brightness.'),
  'augment.contrast': number(0, 1, 'share', 'Largest change of contrast.'),
  'augment.saturation': number(0, 1, 'share', 'Largest change of saturation.'),
  'augment.hue': number(0, 0.5, 'turns', 'Largest turn of the colour wheel.'),
  'augment.grayscaleProbability': probability('How often a view loses its colour.'),
  'augment.blurProbability': probability('How often a view is blurred.'),
  'augment.blurSigma': range(0.01, 10, 'px', 'Weakest and strongest blur.'),
  'optimizer.batchSize': integer(1, 1024, 'images', 'Images in one training step.'),
  'optimizer.microBatch': integer(
    0,
    1024,
    'images',
    'Images of a step computed at once where memory is scarce, a divisor of the batch; 0 all of them; the result is the same.',
  ),
  'optimizer.precision': choice(
    precisions,
    'Whether products are computed in half precision (mixed): no clear gain on the one graphics card measured, slower with small models and on the CPU.',
  ),
  'optimizer.epochs': number(0.01, 100_000, 'epochs', 'Times that every image is seen.'),
  'optimizer.warmupEpochs': number(0, 100_000, 'epochs', 'Epochs over which the learning rate rises.'),
  'optimizer.lrStart': number(0, 1, 'per step', 'Learning rate of the first step.'),
  'optimizer.lrPeak': number(1e-8, 1, 'per step', 'Largest learning rate.'),
  'optimizer.lrFinal': number(0, 1, 'per step', 'Learning rate of the last step.'),
  'optimizer.lrFlatShare': number(0, 1, 'share', 'Share of the time at the largest learning rate.'),
  'optimizer.weightDecayStart': number(0, 10, 'per unit of learning rate', 'Weight decay at the start.'),
  'optimizer.weightDecayFinal': number(0, 10, 'per unit of learning rate', 'Weight decay at the end.'),
  'optimizer.emaStart': number(0, 1, 'share kept a step', 'How slowly the target encoder follows at first.'),
  'optimizer.emaFinal': number(
    0,
    1,
    'share kept a step',
    'How slowly the target encoder follows at the end.',
  ),
  'optimizer.adamBeta1': number(0, 0.9999, 'share kept a step', 'Memory of the average gradient.'),
  'optimizer.adamBeta2': number(0, 0.99999, 'share kept a step', 'Memory of the squared gradient.'),
  'optimizer.adamEpsilon': number(1e-12, 1e-2, '', 'Smallest divisor in the optimiser.'),
  'monitor.everyEpochs': number(0, 100_000, 'epochs', 'Epochs between two looks at the features; 0 never.'),
  'monitor.maxImages': integer(8, 100_000, 'images', 'Images that a look encodes, at most.'),
  'monitor.knnNeighbours': integer(1, 200, 'images', 'Nearest images that vote on the class.'),
  seed: integer(0, 4_294_967_295, '', 'The number from which all randomness of the run is drawn.'),
};

/** The value at a dotted path. */
export function readConfigField(config: RunConfig, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);
}

function describeProblem(field: ConfigField, value: unknown): string | undefined {
  if (field.kind === 'choice') {
    return field.choices.includes(value as string)
      ? undefined
      : `expected one of ${field.choices.join(', ')}`;
  }
  const isInside = (n: unknown) => typeof n === 'number' && n >= field.min && n <= field.max;
  if (field.kind === 'range') {
    const isRange =
      Array.isArray(value) && value.length === 2 && value.every(isInside) && value[0] <= value[1];
    return isRange ? undefined : `expected two ascending numbers from ${field.min} to ${field.max}`;
  }
  if (!isInside(value)) return `expected a number from ${field.min} to ${field.max}`;
  return field.kind === 'integer' && !Number.isInteger(value) ? 'expected a whole number' : undefined;
}

/** Problems that only show when several fields are looked at together. */
function findCrossFieldProblems(config: RunConfig): string[] {
  const { model, optimizer } = config;
  const problems: string[] = [];
  if (model.imageSize % model.patchSize !== 0) {
    problems.push(
      `model.imageSize: ${model.imageSize} is not a multiple of the patch size ${model.patchSize}`,
    );
  }
  if (model.tokenizer === 'scott' && model.patchSize !== 16) {
    problems.push(`model.patchSize: scott needs 16, got ${model.patchSize}`);
  }
  if (gridSide(model) < 2)
    problems.push(`model.imageSize: needs at least 2×2 patches of ${model.patchSize} px`);
  if (model.embedDim % 4 !== 0)
    problems.push(`model.embedDim: expected a multiple of 4, got ${model.embedDim}`);
  if (model.embedDim % model.numHeads !== 0) {
    problems.push(`model.numHeads: ${model.numHeads} heads do not divide ${model.embedDim} features`);
  }
  const kept = keptPatchCount(config);
  if (kept < 1 || kept >= patchCount(model)) {
    problems.push(
      `masking.dropRatio: keeps ${kept} of ${patchCount(model)} patches; some must be kept and some hidden`,
    );
  }
  if (optimizer.batchSize % imagesAtOnce(optimizer) !== 0) {
    problems.push(
      `optimizer.microBatch: ${optimizer.microBatch} does not divide a batch of ${optimizer.batchSize} images`,
    );
  }
  if (optimizer.warmupEpochs > optimizer.epochs) {
    problems.push(
      `optimizer.warmupEpochs: ${optimizer.warmupEpochs} is more than all ${optimizer.epochs} epochs`,
    );
  }
  return problems;
}

/** Throws config.invalid with every problem, each by the field's path. */
export function assertValidConfig(config: RunConfig): void {
  const problems = Object.entries(configFields).flatMap(([path, field]) => {
    const value = readConfigField(config, path);
    const problem = describeProblem(field, value);
    return problem === undefined ? [] : [`${path}: ${problem}, got ${JSON.stringify(value) ?? 'nothing'}`];
  });
  const all = problems.length > 0 ? problems : findCrossFieldProblems(config);
  if (all.length > 0) {
    throw new EngineError('config.invalid', `the run's settings cannot be used: ${all.join('; ')}`, {
      details: { problems: all },
    });
  }
}

/** Puts a value at a dotted path into a copy of a configuration. Throws config.invalid for a path that is not there. */
export function withSetting(config: RunConfig, path: string, value: unknown): RunConfig {
  const copy = structuredClone(config) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Record<string, unknown> | undefined>((node, key) => {
    const child = node !== undefined && Object.hasOwn(node, key) ? node[key] : undefined;
    return typeof child === 'object' && child !== null ? (child as Record<string, unknown>) : undefined;
  }, copy);
  if (parent === undefined || !Object.hasOwn(parent, last)) {
    throw new EngineError('config.invalid', `there is no setting ${path}; docs/config.md lists them`);
  }
  parent[last] = value;
  return copy as unknown as RunConfig;
}
