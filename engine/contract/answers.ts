// What requests answer: projects, datasets, splits, comparisons, devices. Plain data only.
import type { ImageFormat, ImageNote, Leak, SetAsideFile, SplitName } from './dataset.ts';
import type { LadderRow, PairedComparison, ProbeKind } from './results.ts';
import type { RunSummary } from './run.ts';

export interface ProjectInfo {
  readonly folder: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly datasets: readonly DatasetInfo[];
  readonly runs: readonly RunSummary[];
}

export interface DatasetInfo {
  readonly id: number;
  readonly name: string;
  readonly rootFolder: string;
  readonly csvPath: string | null;
  readonly layout: string;
  readonly warnings: readonly string[];
  readonly createdAtMs: number;
  readonly imageCount: number;
  readonly labelledCount: number;
  readonly classCount: number;
  readonly quarantinedCount: number;
  readonly ignoredCount: number;
}

export interface DatasetDetails extends DatasetInfo {
  readonly classes: readonly { readonly name: string; readonly images: number }[];
  readonly quarantined: readonly SetAsideFile[];
  readonly ignored: readonly SetAsideFile[];
  readonly splits: readonly SplitInfo[];
  readonly makeup: DatasetMakeup;
  /** The folder of the images cannot be reached now: moved, renamed, or on a disk that is not connected. */
  readonly rootMissing: boolean;
}

/** What the images of a dataset are like, counted. */
export interface DatasetMakeup {
  /** Most frequent first. */
  readonly formats: readonly { readonly format: ImageFormat; readonly images: number }[];
  readonly notes: readonly { readonly note: ImageNote; readonly images: number }[];
  /** Images with a note. */
  readonly notedCount: number;
  /** Shorter sides in pixels, rising. */
  readonly shortSides: readonly { readonly pixels: number; readonly images: number }[];
  /** The size that most images have, and how many different sizes there are. */
  readonly commonSize: { readonly width: number; readonly height: number; readonly images: number };
  readonly sizeCount: number;
  /** Patients, plates, …; 0 where none are given. */
  readonly groupCount: number;
  /** Images whose part the folders or the table give. */
  readonly givenSplitCount: number;
}

/** How a split was asked for. */
export interface SplitSettings {
  readonly ratios: Readonly<Record<SplitName, number>>;
  readonly keepGiven: boolean;
  readonly keepTogether: 'none' | 'exact' | 'near';
}

export interface SplitInfo {
  readonly id: number;
  readonly datasetId: number;
  readonly name: string;
  readonly seed: number;
  readonly method: string;
  readonly settings: SplitSettings;
  readonly createdAtMs: number;
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Images of each class, in the order of `classes`, in each part. */
  readonly classes: readonly string[];
  readonly classCounts: Readonly<Record<SplitName, readonly number[]>>;
  readonly groupCount: number;
  readonly sharedGroupCount: number;
  readonly missingClasses: Readonly<Record<SplitName, readonly string[]>>;
  readonly warnings: readonly string[];
}

/** An image in one part of a split with a look-alike in another: their paths, numbers and classes. */
export interface NamedLeak extends Omit<Leak, 'image' | 'twin'> {
  readonly image: string;
  readonly twin: string;
  readonly imageId: number;
  readonly twinId: number;
  readonly imageLabel: string | null;
  readonly twinLabel: string | null;
}

/** What a split would be. */
export interface SplitPlan extends Omit<SplitInfo, 'id' | 'datasetId' | 'name' | 'createdAtMs'> {
  readonly leakCount: number;
}

/** A row without what grows with images and classes: a confusion of a thousand classes is megabytes. */
export type ComparedRow = Omit<LadderRow, 'predictions' | 'confusion' | 'perClass'>;

export interface RunComparison {
  /** Settings that differ: dotted path → value of each run, in the order asked. */
  readonly settings: Readonly<Record<string, readonly unknown[]>>;
  readonly runs: readonly RunSummary[];
  /** Each run's pretrained row of its newest ladder; null where it has none. */
  readonly rows: readonly (ComparedRow | null)[];
  /** Every later run against the first, on the test images that they share. */
  readonly comparisons: readonly PairedComparison[];
  /** For each comparison, images whose prediction turned. */
  readonly flips: readonly FlippedImages[];
  readonly notes: readonly string[];
}

export const flipDirections = ['wrongToRight', 'rightToWrong'] as const;
export type FlipDirection = (typeof flipDirections)[number];
/** So many images come with a comparison, each way; `compare.flips` tells the others, the comparison how many there are. */
export const flipPageSize = 24;

/** The first images that a later run and the first disagree on. */
export interface FlippedImages extends Readonly<Record<FlipDirection, readonly FlippedImage[]>> {
  /** The later run. */
  readonly run: number;
}

export interface FlippedImage {
  readonly image: number;
  readonly relativePath: string;
  readonly label: string;
  /** What the first run and the later one took it for. */
  readonly first: string;
  readonly later: string;
}

export interface DeviceInfo {
  /** The executor's id. */
  readonly id: string;
  readonly label: string;
  readonly kind: 'cpu' | 'gpu';
  /** What it is called by its maker, e.g. the processor's name; null where it cannot be known. */
  readonly deviceName: string | null;
  readonly vendor: string | null;
  /** How it is driven, e.g. `Vulkan`. */
  readonly backend: string | null;
  readonly driver: string | null;
  /** The processor's, or the adapter's own. */
  readonly memoryBytes: number | null;
  /** An adapter that is a program and computes on the processor: `auto` never chooses it. */
  readonly isSoftware: boolean;
  /** It computes products of float16, for mixed precision (`optimizer.precision`). */
  readonly halfPrecision: boolean;
  /** Only there to compare others with: far too slow to train on. */
  readonly isReference: boolean;
  readonly available: boolean;
  readonly reason: string | null;
  /** The one thing to do about it; null where there is nothing to do. */
  readonly remedy: string | null;
  /** Training rate of the quick preset, as measured here last. */
  readonly measured: {
    readonly imagesPerSecond: number;
    readonly stepMs: number;
    readonly atMs: number;
    /** A run trained meanwhile: alone it is faster. */
    readonly besideTraining?: boolean;
  } | null;
  /** What new runs use (with the quick preset, where the settings leave the choice to Thimble). */
  readonly isDefault: boolean;
  /** Why, for a person; null for all others. */
  readonly because: string | null;
}

export interface WrittenFile {
  readonly file: string;
  readonly sizeBytes: number;
}

/** Probes that stand on frozen features. */
export type FrozenProbeKind = Exclude<ProbeKind, 'supervised'>;
