// What each setting of a run is called in the interface, in which group it stands, and how its value reads. The ranges,
// units and sentences are the contract's (configFields); a test holds that no field is without a name here.
import { configFields } from '../../engine/contract/configFields.ts';

export type SettingGroupId = 'model' | 'masking' | 'augment' | 'optimizer' | 'monitor';

export interface SettingGroup {
  readonly id: SettingGroupId;
  readonly title: string;
  readonly sentence: string;
}

/** In the order of the screen. The seed stands on its own and is in none. */
export const settingGroups: readonly SettingGroup[] = [
  { id: 'model', title: 'Model', sentence: 'How large the network is and how it reads an image.' },
  { id: 'masking', title: 'Masking', sentence: 'How much of an image is hidden, and in what shape.' },
  { id: 'augment', title: 'Augmentation', sentence: 'How an image is changed each time it is seen.' },
  { id: 'optimizer', title: 'Optimiser', sentence: 'How long and how fast the network learns.' },
  { id: 'monitor', title: 'Monitoring', sentence: 'How often the features are looked at while it learns.' },
];

const names: Readonly<Record<string, string>> = {
  'model.tokenizer': 'Tokenizer',
  'model.imageSize': 'Image size',
  'model.patchSize': 'Patch size',
  'model.inChannels': 'Colour channels',
  'model.embedDim': 'Feature width',
  'model.depth': 'Encoder depth',
  'model.numHeads': 'Attention heads',
  'model.feedForward': 'Feed-forward layer',
  'model.mlpRatio': 'Hidden width ratio',
  'model.numRegisterTokens': 'Register tokens',
  'model.predictorDepth': 'Predictor depth',
  'model.dropout': 'Dropout',
  'model.attentionDropout': 'Attention dropout',
  'model.stochasticDepth': 'Stochastic depth',
  'masking.kind': 'Shape of the mask',
  'masking.dropRatio': 'Hidden share',
  'augment.cropScale': 'Crop size',
  'augment.cropAspect': 'Crop proportions',
  'augment.horizontalFlip': 'Mirror left to right',
  'augment.verticalFlip': 'Mirror top to bottom',
  'augment.colorViews': 'Colours of the two views',
  'augment.colorProbability': 'Colour change',
  'augment.jitterProbability': 'Colour jitter',
  'augment.brightness': 'Brightness',
  'augment.contrast': 'Contrast',
  'augment.saturation': 'Saturation',
  'augment.hue': 'Hue',
  'augment.grayscaleProbability': 'Grayscale',
  'augment.blurProbability': 'Blur',
  'augment.blurSigma': 'Blur strength',
  'optimizer.batchSize': 'Batch size',
  'optimizer.microBatch': 'Images at once',
  'optimizer.precision': 'Precision',
  'optimizer.epochs': 'Epochs',
  'optimizer.warmupEpochs': 'Warm-up',
  'optimizer.lrStart': 'Learning rate, first step',
  'optimizer.lrPeak': 'Learning rate, largest',
  'optimizer.lrFinal': 'Learning rate, last step',
  'optimizer.lrFlatShare': 'Time at the largest rate',
  'optimizer.weightDecayStart': 'Weight decay, start',
  'optimizer.weightDecayFinal': 'Weight decay, end',
  'optimizer.emaStart': 'EMA momentum, start',
  'optimizer.emaFinal': 'EMA momentum, end',
  'optimizer.adamBeta1': 'Adam β₁',
  'optimizer.adamBeta2': 'Adam β₂',
  'optimizer.adamEpsilon': 'Adam ε',
  'monitor.everyEpochs': 'Look every',
  'monitor.maxImages': 'Images a look',
  'monitor.knnNeighbours': 'Neighbours',
  seed: 'Seed',
};

/** What a setting is called; its path where it is not known (a run of a newer version). */
export function nameSetting(path: string): string {
  return names[path] ?? path;
}

/** Words of the glossary that settings are about, by the setting's path or its group's. */
const terms: Readonly<Record<string, string>> = {
  'model.tokenizer': 'Tokenizer',
  'model.patchSize': 'Patch',
  'model.embedDim': 'Features',
  'model.depth': 'Context encoder',
  'model.predictorDepth': 'Predictor',
  'masking.kind': 'Drop mask',
  'masking.dropRatio': 'Drop mask',
  'augment.cropScale': 'Augmentation',
  'optimizer.batchSize': 'Batch',
  'optimizer.microBatch': 'Images at once',
  'optimizer.precision': 'Mixed precision',
  'optimizer.epochs': 'Epoch',
  'optimizer.lrPeak': 'Learning rate',
  'optimizer.weightDecayFinal': 'Weight decay',
  'optimizer.emaStart': 'EMA',
  'optimizer.emaFinal': 'EMA',
  'monitor.everyEpochs': 'RankMe',
  'monitor.knnNeighbours': 'kNN',
  seed: 'Seed',
};

/** The glossary's word for what a setting is about; null where its own sentence says all. */
export function findSettingTerm(path: string): string | null {
  return terms[path] ?? null;
}

/** Paths of a group's settings, in the contract's order. */
export function listSettings(group: SettingGroupId): string[] {
  return Object.keys(configFields).filter((path) => path.startsWith(`${group}.`));
}

const choiceWords: Readonly<Record<string, string>> = {
  scott: 'SCOTT (sparse convolutions)',
  vit: 'ViT (one linear map)',
  swiglu: 'SwiGLU',
  mlp: 'MLP',
  blockwise: 'Blocks',
  uniform: 'Scattered',
  float32: '32 bits',
  mixed: 'Mixed, 16 and 32 bits',
  none: 'Unchanged',
  diff: 'Changed, each view on its own',
};

export function nameChoice(choice: string): string {
  return choiceWords[choice] ?? choice;
}

/** A plain number as a person types it: 0.0005 stays so, 1e-8 too; at most six significant digits. */
export function writeNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function roundEpochs(epochs: number): number {
  return epochs < 0.01 ? epochs : Math.round(epochs * 100) / 100;
}

/** Settings that a time budget fits: their many decimals are nobody's choice. */
const inEpochs = new Set(['optimizer.epochs', 'optimizer.warmupEpochs', 'monitor.everyEpochs']);

/** A setting's value without its unit: `0.6`, `0.2 to 1`, `Blocks`; epochs with two decimals at most. */
export function writeSetting(value: unknown, path = ''): string {
  if (typeof value === 'number') return writeNumber(inEpochs.has(path) ? roundEpochs(value) : value);
  if (typeof value === 'string') return nameChoice(value);
  if (Array.isArray(value)) return value.map((part) => writeSetting(part)).join(' to ');
  return value === undefined || value === null ? '–' : JSON.stringify(value);
}

/** Whether a setting is found by what a person types: all words, anywhere in its name, path, sentence or choices. */
export function matchesSearch(path: string, search: string): boolean {
  const field = configFields[path];
  const choices = field?.kind === 'choice' ? field.choices.map((choice) => nameChoice(choice)).join(' ') : '';
  const text = `${nameSetting(path)} ${path} ${field?.sentence ?? ''} ${choices}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
