// Every hyperparameter that determines a run. Defaults are the paper's configuration (arXiv 2502.18056 and
// its published ssl configuration); presets for small machines live in presets.ts.

export type TokenizerKind = 'scott' | 'vit';
export type FeedForwardKind = 'swiglu' | 'mlp';
export type MaskingKind = 'blockwise' | 'uniform';
/** `none`: no colour change; `same`/`diff`: colour change drawn for each view on its own. */
export type ColorViews = 'none' | 'diff';
export type EncoderName = 'target' | 'context';
/** The encoder that probes and exports use unless told otherwise, as the published evaluation does. */
export const defaultEncoder: EncoderName = 'context';

export interface ModelConfig {
  /** `scott`: sparse convolutional tokenizer; `vit`: plain patch embedding (the ablation). */
  readonly tokenizer: TokenizerKind;
  /** Side of the square input, pixels; a multiple of patchSize. */
  readonly imageSize: number;
  /** Side of a patch, pixels. SCOTT's tokenizer always has a stride of 16. */
  readonly patchSize: number;
  readonly inChannels: number;
  readonly embedDim: number;
  readonly depth: number;
  readonly numHeads: number;
  readonly feedForward: FeedForwardKind;
  /** Hidden width over embedDim; only the `mlp` feed-forward uses it. */
  readonly mlpRatio: number;
  readonly numRegisterTokens: number;
  readonly predictorDepth: number;
  /** Probability that an element is zeroed after position embedding and after each projection. */
  readonly dropout: number;
  /** Probability that an attention weight is zeroed. */
  readonly attentionDropout: number;
  /** Stochastic depth of the deepest block; shallower blocks get a linear share. */
  readonly stochasticDepth: number;
}

export interface MaskingConfig {
  readonly kind: MaskingKind;
  /** Share of patches that are dropped and predicted; 0.6 keeps ceil(0.4 · N). */
  readonly dropRatio: number;
}

export interface AugmentConfig {
  /** Smallest and largest area of the random resized crop, as a share of the image. */
  readonly cropScale: readonly [number, number];
  /** Smallest and largest aspect ratio of the crop, drawn log-uniformly. */
  readonly cropAspect: readonly [number, number];
  readonly horizontalFlip: number;
  /** Off in the paper; microscopy has no up or down. */
  readonly verticalFlip: number;
  readonly colorViews: ColorViews;
  /** Probability that a view's colours are changed at all. */
  readonly colorProbability: number;
  readonly jitterProbability: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
  readonly grayscaleProbability: number;
  readonly blurProbability: number;
  /** Standard deviation of the Gaussian blur, pixels of the cropped image; its kernel is 9 wide. */
  readonly blurSigma: readonly [number, number];
}

export const precisions = ['float32', 'mixed'] as const;
/** What products are computed in; see OptimizerConfig.precision. */
export type Precision = (typeof precisions)[number];

export interface OptimizerConfig {
  readonly batchSize: number;
  /**
   * Images computed at once, a divisor of batchSize; 0 computes the whole batch at once. A step in parts is the same step
   * in less memory: only rounding differs.
   */
  readonly microBatch: number;
  /**
   * `float32`, or `mixed`: matrix products and convolutions from operands rounded to float16, with dynamic loss scaling;
   * weights, moments, norms, softmax and the loss stay float32 (Micikevicius et al. 2018, arXiv 1710.03740).
   */
  readonly precision: Precision;
  readonly epochs: number;
  readonly warmupEpochs: number;
  /** Learning rates of one AdamW step: at the start, after the warm-up, at the end. */
  readonly lrStart: number;
  readonly lrPeak: number;
  readonly lrFinal: number;
  /** Share of the steps after the warm-up that stay at lrPeak before the cosine. */
  readonly lrFlatShare: number;
  readonly weightDecayStart: number;
  readonly weightDecayFinal: number;
  readonly emaStart: number;
  readonly emaFinal: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
}

export interface MonitorConfig {
  /** Epochs between two looks at the features (kNN, RankMe, spread); 0 turns them off. */
  readonly everyEpochs: number;
  /** Images, at most, that a look encodes. */
  readonly maxImages: number;
  readonly knnNeighbours: number;
}

/** Everything that determines a pretraining run, saved whole with it. */
export interface RunConfig {
  readonly model: ModelConfig;
  readonly masking: MaskingConfig;
  readonly augment: AugmentConfig;
  readonly optimizer: OptimizerConfig;
  readonly monitor: MonitorConfig;
  readonly seed: number;
}

/** The paper's configuration for datasets of about 1,000 to 8,000 images. */
export const paperConfig: RunConfig = {
  model: {
    tokenizer: 'scott',
    imageSize: 224,
    patchSize: 16,
    inChannels: 3,
    embedDim: 384,
    depth: 12,
    numHeads: 4,
    feedForward: 'swiglu',
    mlpRatio: 4,
    numRegisterTokens: 0,
    predictorDepth: 3,
    dropout: 0.2,
    attentionDropout: 0.1,
    stochasticDepth: 0.1,
  },
  masking: { kind: 'blockwise', dropRatio: 0.6 },
  augment: {
    cropScale: [0.2, 1],
    cropAspect: [3 / 4, 4 / 3],
    horizontalFlip: 0.5,
    verticalFlip: 0,
    colorViews: 'diff',
    colorProbability: 0.6,
    jitterProbability: 0.8,
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.2,
    hue: 0.1,
    grayscaleProbability: 0.1,
    blurProbability: 0.3,
    blurSigma: [0.1, 2],
  },
  optimizer: {
    batchSize: 64,
    microBatch: 0,
    precision: 'float32',
    epochs: 300,
    warmupEpochs: 40,
    lrStart: 1e-6,
    lrPeak: 5e-4,
    lrFinal: 1e-5,
    lrFlatShare: 0.72,
    weightDecayStart: 0.04,
    weightDecayFinal: 0.4,
    emaStart: 0.996,
    emaFinal: 1,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
  },
  monitor: { everyEpochs: 10, maxImages: 1000, knnNeighbours: 10 },
  seed: 47,
};

/** Images of a step that are computed at once. */
export function imagesAtOnce({ batchSize, microBatch }: OptimizerConfig): number {
  return microBatch === 0 ? batchSize : microBatch;
}

/** Patches along one side of the square grid. */
export function gridSide(model: ModelConfig): number {
  return Math.floor(model.imageSize / model.patchSize);
}

/** N, the number of patches of an image. */
export function patchCount(model: ModelConfig): number {
  return gridSide(model) ** 2;
}

/** K, the number of visible patches of an image: ceil((1 − dropRatio) · N). */
export function keptPatchCount(config: Pick<RunConfig, 'model' | 'masking'>): number {
  const exact = (1 - config.masking.dropRatio) * patchCount(config.model);
  return Math.ceil(exact - 1e-9);
}
