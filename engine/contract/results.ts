// What probes, comparisons and collapse meters hand to the project database, the command line and the app. Plain data
// only. Shares and accuracies are 0 … 1; differences between accuracies are signed shares.

import type { EncoderName } from './config.ts';

/** `clean`: pretraining saw no test image. `transductive`: it may have seen them, as in the paper's `full` sets. */
export type Protocol = 'clean' | 'transductive';

/** What stands on frozen features, or, for `supervised`, on a network trained with labels from scratch. */
export type ProbeKind = 'ridge' | 'logistic' | 'knn' | 'simple' | 'multihead' | 'cross' | 'supervised';

/** What a person is told that a probe is. */
export const probeNames: Readonly<Record<ProbeKind, string>> = {
  ridge: 'linear probe',
  logistic: 'logistic probe',
  knn: 'kNN',
  simple: 'attentive probe, simple',
  multihead: 'attentive probe, multi-head',
  cross: 'attentive probe, cross-attention',
  supervised: 'labels',
};

/** How an interval was made. */
export interface IntervalMethod {
  /** `bca`: bias-corrected accelerated bootstrap; `wilson`: score interval, where resampling has nothing to vary. */
  readonly kind: 'bca' | 'wilson';
  /** Bootstrap draws; 0 for `wilson`. */
  readonly draws: number;
  /** What is drawn with replacement: single images, or whole groups (patients) of images. */
  readonly resampled: 'images' | 'groups';
  /** How many images or groups there were to draw from. */
  readonly units: number;
}

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly method: IntervalMethod;
}

/** How one class fared on the scored images. */
export interface ClassMetrics {
  readonly name: string;
  /** Images that are of this class. */
  readonly support: number;
  /** Images that were taken for this class. */
  readonly predicted: number;
  /** Share of its images that were recognised; null where support is 0. */
  readonly recall: number | null;
  /** Share of the images taken for this class that are of it; null where predicted is 0. */
  readonly precision: number | null;
}

/** Scores of one set of predictions. */
export interface Metrics {
  readonly n: number;
  readonly top1: number;
  /** Null where there are no more than five classes, since it would always be 1. */
  readonly top5: number | null;
  /** Mean recall over the classes that have images. */
  readonly balancedAccuracy: number;
  readonly perClass: readonly ClassMetrics[];
  /** [actual class][predicted class] → images. */
  readonly confusion: readonly (readonly number[])[];
}

/** One setting that was tried, and how it did on the validation images. */
export interface SelectionCandidate {
  /** In words, e.g. `mean of last block, penalty 0.1`. */
  readonly setting: string;
  readonly validationTop1: number;
  readonly validationBalancedAccuracy: number;
}

/** How a row's settings were chosen, always on validation images, never on test images. */
export interface Selection {
  readonly criterion: 'validation top-1';
  readonly validationImages: number;
  readonly candidates: readonly SelectionCandidate[];
  /** The setting of the chosen candidate. */
  readonly chosen: string;
  /** True where the best value is the first or last of its grid, so that a better one may lie outside. */
  readonly atGridEdge: boolean;
}

/** What a probe said about one image. */
export interface ImagePrediction {
  /** The image's identity in the dataset, as the caller gave it. */
  readonly imageId: string;
  readonly label: number;
  readonly predicted: number;
  /** The best guesses, best first, at most five. */
  readonly topClasses: readonly number[];
  /** Scores of topClasses: probabilities, or votes; only comparable within an image. */
  readonly topScores: readonly number[];
}

/** One rung of the ladder. */
export interface LadderRow {
  /** Stable name, e.g. `random weights`, `supervised from scratch`, `MIM-JEPA`. */
  readonly name: string;
  readonly kind: 'random' | 'supervised' | 'pretrained';
  readonly probe: ProbeKind;
  /** Whose weights were frozen; null for supervised training. */
  readonly encoder: EncoderName | null;
  /** In words: which tokens, pooled how. */
  readonly features: string;
  readonly n: number;
  readonly top1: number;
  readonly top5: number | null;
  readonly balancedAccuracy: number;
  /** 95 % interval of top-1. */
  readonly ci95: readonly [number, number];
  /** 95 % interval of balanced accuracy. */
  readonly ci95Balanced: readonly [number, number];
  readonly interval: IntervalMethod;
  readonly perClass: readonly ClassMetrics[];
  readonly confusion: readonly (readonly number[])[];
  readonly protocol: Protocol;
  /** Name of the split that was scored. */
  readonly split: string;
  readonly seed: number;
  readonly trainImages: number;
  readonly selection: Selection;
  /** Wall time of features, selection and fit. */
  readonly seconds: number;
  readonly predictions: readonly ImagePrediction[];
}

/** How sure a difference is, in one word the interface can colour. */
export type Certainty = 'clear' | 'likely' | 'unclear';

/** Row B against row A on the same images; positive means that B is better. */
export interface PairedComparison {
  readonly a: string;
  readonly b: string;
  readonly n: number;
  /** top-1 of B minus top-1 of A. */
  readonly difference: number;
  readonly interval: Interval;
  readonly balancedDifference: number;
  readonly balancedInterval: Interval;
  /** Images that A had wrong and B has right. */
  readonly wrongToRight: number;
  /** Images that A had right and B has wrong. */
  readonly rightToWrong: number;
  /** McNemar's exact two-sided p and its mid-p; they take images as independent. */
  readonly mcnemarExactP: number;
  readonly mcnemarMidP: number;
  /** Two-sided p when whole groups swap sides at random; null where every group is a single image. */
  readonly groupP: number | null;
  /** The p that the words use: groupP where there is one, else McNemar's mid-p. */
  readonly p: number;
  /** p after Holm's correction for all comparisons made together. */
  readonly adjustedP: number;
  readonly certainty: Certainty;
  /** One or two plain sentences. */
  readonly words: string;
}

/** Whether pretraining was worth it, in a sentence. */
export interface Verdict {
  readonly helps: 'yes' | 'no' | 'unclear' | 'worse';
  readonly sentence: string;
  /** What to try next; empty when there is nothing to suggest. */
  readonly advice: readonly string[];
}

/** All rows on one split, and what may be said about them. */
export interface Ladder {
  readonly dataset: string;
  readonly protocol: Protocol;
  readonly split: string;
  readonly classes: readonly string[];
  readonly rows: readonly LadderRow[];
  readonly comparisons: readonly PairedComparison[];
  readonly verdict: Verdict;
  /** What a reader must know to read the numbers rightly. */
  readonly notes: readonly string[];
}

/** How widely features spread; small values are the sign of collapse. */
export interface SpreadReport {
  /** Images and dimensions measured. */
  readonly n: number;
  readonly dimensions: number;
  /** RankMe: exp of the entropy of the normalised singular values, features not centred. 1 … min(n, dimensions). The words use it. */
  readonly rankMe: number;
  /** exp of the entropy of the covariance's normalised eigenvalues: directions that hold most of the variance. */
  readonly effectiveRank: number;
  /** Standard deviation of a dimension over images: mean, smallest, share below a hundredth of the largest. */
  readonly meanStd: number;
  readonly minStd: number;
  readonly deadShare: number;
  readonly health: 'healthy' | 'narrow' | 'collapsed';
  readonly words: string;
}
