// Named starting points for machines and patience of different sizes; docs/decisions/014-presets-for-small-machines.md gives the evidence.
import { paperConfig, type RunConfig } from './config.ts';

export const presetNames = ['quick', 'standard', 'thorough', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

/** The preset where none is named: what was measured to work on two processor cores in half an hour. */
export const defaultPreset: PresetName = 'quick';

export interface Preset {
  readonly name: PresetName;
  readonly title: string;
  /** One sentence on what it is for. */
  readonly sentence: string;
  readonly config: RunConfig;
}

const smallMachine: RunConfig = {
  ...paperConfig,
  model: { ...paperConfig.model, dropout: 0, attentionDropout: 0, stochasticDepth: 0 },
};

/** The presets, from the fastest to the paper's own. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  quick: {
    name: 'quick',
    title: 'A quick look',
    sentence:
      'Minutes to half an hour on any computer: says whether there is something to learn in these images.',
    config: {
      ...smallMachine,
      model: {
        ...smallMachine.model,
        imageSize: 64,
        embedDim: 128,
        depth: 3,
        numHeads: 2,
        predictorDepth: 1,
      },
      optimizer: {
        ...paperConfig.optimizer,
        batchSize: 32,
        epochs: 30,
        warmupEpochs: 3,
        lrPeak: 1e-3,
        emaStart: 0.996,
      },
    },
  },
  standard: {
    name: 'standard',
    title: 'A standard run',
    sentence: 'Larger images and a deeper model, for when the quick look was promising.',
    config: {
      ...smallMachine,
      model: {
        ...smallMachine.model,
        imageSize: 96,
        embedDim: 192,
        depth: 6,
        numHeads: 3,
        predictorDepth: 2,
      },
      optimizer: {
        ...paperConfig.optimizer,
        batchSize: 32,
        epochs: 60,
        warmupEpochs: 6,
        lrPeak: 1e-3,
        emaStart: 0.996,
      },
    },
  },
  thorough: {
    name: 'thorough',
    title: 'A thorough run',
    sentence: 'Larger images still and a wider model; takes its time without a graphics card.',
    config: {
      ...smallMachine,
      model: {
        ...smallMachine.model,
        imageSize: 128,
        embedDim: 256,
        depth: 8,
        numHeads: 4,
        predictorDepth: 3,
      },
      optimizer: { ...paperConfig.optimizer, batchSize: 32, epochs: 200, warmupEpochs: 20 },
    },
  },
  paper: {
    name: 'paper',
    title: "The paper's configuration",
    sentence: 'What the authors published: 224 px, 12 blocks, 300 epochs; wants a graphics card.',
    config: paperConfig,
  },
};
