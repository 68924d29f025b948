// What the engine knows about a person's images: one record a file, why a file was set aside, splits, duplicates.
// Plain data only: the database, the loaders and the interface all share these types.

/** Bump when the same bytes would decode to other pixels; cached pixels and pixel hashes are tied to it. */
export const decodeRuleVersion = 1;

/** The parts of a dataset: what is learned from, what choices are made on, what is only measured. */
export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** Formats whose pixels can be read; found from a file's content, never from its name. */
export const imageFormats = ['jpeg', 'png', 'webp', 'tiff', 'bmp', 'gif', 'dicom'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/**
 * Why a file is not among the images. The first group are files nobody meant as images (`ignored`); the others were
 * meant and are set aside (`quarantined`).
 */
export const setAsideReasons = [
  'ignored.hidden',
  'ignored.system',
  'ignored.notImage',
  'file.missing',
  'file.unreadable',
  'file.empty',
  'file.tooLarge',
  'file.special',
  'link.broken',
  'link.loop',
  'name.notText',
  'row.repeated',
  'content.notImage',
  'content.webPage',
  'content.lfsPointer',
  'content.vector',
  'content.unsupportedFormat',
  'content.truncated',
  'content.corrupt',
  'content.noPixels',
  'content.slow',
  'size.tooManyPixels',
  'size.outOfMemory',
  'size.tooSmall',
  'size.tooElongated',
  'values.notFinite',
] as const;
export type SetAsideReason = (typeof setAsideReasons)[number];

/** What was done to an image, or is worth knowing about it, though it was accepted. */
export const imageNotes = [
  'wrongExtension',
  'orientationApplied',
  'firstPageOnly',
  'transparencyFlattened',
  'cmykConverted',
  'intensityScaled',
  'nonFiniteReplaced',
  'constant',
] as const;
export type ImageNote = (typeof imageNotes)[number];

/**
 * How stored values became 0 … 255. `asStored`: 8 bits or fewer, unchanged. `integerRange`/`floatRange`: the image's own
 * smallest and largest (finite) value, low and high, become 0 and 255, linearly, all channels alike.
 */
export interface IntensityWindow {
  readonly rule: 'asStored' | 'integerRange' | 'floatRange';
  readonly low: number;
  readonly high: number;
}

/** For finding images that look alike. */
export interface Fingerprint {
  /** 256-bit difference hash (16 × 16 comparisons of horizontal neighbours), 64 hexadecimal digits. */
  readonly differenceHash: string;
  /** The image shrunk to 32 × 32 gray values 0 … 255, row by row: 1024 bytes. */
  readonly thumbnail: Uint8Array;
}

/** One accepted image. */
export interface ImageRecord {
  /** Relative to the source's root, `/` between folders, whatever the platform; unique in a dataset. */
  readonly relativePath: string;
  readonly sizeBytes: number;
  /** Last change of the file, milliseconds since 1970; only to see quickly whether it must be read again. */
  readonly modifiedMs: number;
  /** SHA-256 of the file's bytes, 64 hexadecimal digits: what the image is known by when files move. */
  readonly sha256: string;
  /** SHA-256 of width, height and decoded RGB pixels: equal for copies that were saved again without loss. */
  readonly pixelSha256: string;
  readonly format: ImageFormat;
  /** Pixels, after the orientation that the camera noted was applied. */
  readonly width: number;
  readonly height: number;
  /** Bits of one stored value of one channel, and the stored channels (alpha included). */
  readonly bitDepth: number;
  readonly channels: number;
  readonly window: IntensityWindow;
  readonly notes: readonly ImageNote[];
  readonly fingerprint: Fingerprint;
  /** Class; null where none is known. */
  readonly label: string | null;
  /** Patient, animal, plate…: images of one group never land in two splits. */
  readonly group: string | null;
  /** The split that the folder or the CSV gave. */
  readonly givenSplit: SplitName | null;
}

/** One file that is not among the images, and why. */
export interface SetAsideFile {
  /** As in ImageRecord; bytes that are not text are shown as `\xNN`. */
  readonly relativePath: string;
  readonly reason: SetAsideReason;
  /** One sentence for the person whose file it is: what is wrong and, where there is one, the way out. */
  readonly message: string;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

/** How labels and splits were read. */
export type SourceLayout = 'flat' | 'classFolders' | 'splitFolders' | 'csv';

/** Everything an import found. All lists are in byte order of the relative path. */
export interface ScanReport {
  /** Absolute folder that relative paths start from. */
  readonly rootFolder: string;
  readonly layout: SourceLayout;
  readonly images: readonly ImageRecord[];
  /** Files meant as images that cannot be used. */
  readonly quarantined: readonly SetAsideFile[];
  /** Files nobody meant as images: hidden, system, text beside the images. */
  readonly ignored: readonly SetAsideFile[];
  /** Class names in byte order; a label's index here is its class number. */
  readonly classes: readonly string[];
  /** Sentences about the source as a whole, e.g. loose files beside class folders. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
  /** True when the import was stopped on request; the lists then hold what was read until then. */
  readonly cancelled: boolean;
}

export interface ScanProgress {
  readonly phase: 'listing' | 'reading';
  readonly done: number;
  /** Files to look at; 0 while listing. */
  readonly total: number;
  readonly accepted: number;
  readonly quarantined: number;
}

/** `exact`: same bytes or same decoded pixels; `near`: look alike by difference hash and correlation. */
export type DuplicateKind = 'exact' | 'near';

/** Two images that look alike; indices into the image list, first < second. */
export interface DuplicatePair {
  readonly first: number;
  readonly second: number;
  readonly kind: DuplicateKind;
  /** Bits in which the difference hashes differ (0 for exact), and correlation of the 32 × 32 thumbnails. */
  readonly hashDistance: number;
  readonly correlation: number;
}

export interface DuplicateReport {
  /** Sets of two or more identical images, each in list order. */
  readonly exactSets: readonly (readonly number[])[];
  /** Near pairs between images that are not identical (one representative, the first, for each exact set). */
  readonly nearPairs: readonly DuplicatePair[];
  /** For each image, the lowest index among the images it is joined with, directly or in a chain. */
  readonly exactCluster: Int32Array;
  readonly nearCluster: Int32Array;
}

/** An image of one split with a twin in another: what is measured on it is partly memory. */
export interface Leak {
  /** Index of the image that is measured on (test before validation). */
  readonly image: number;
  readonly imageSplit: SplitName;
  /** Index of its closest twin in the other split. */
  readonly twin: number;
  readonly twinSplit: SplitName;
  readonly kind: DuplicateKind;
  readonly hashDistance: number;
  readonly correlation: number;
  /** False where the twins carry different classes: at least one label is wrong. */
  readonly sameLabel: boolean;
}

export type SplitMethod = 'allTrain' | 'given' | 'givenPartly' | 'drawn';

/** Which split each image is in, and what is to be known about it. */
export interface SplitAssignment {
  readonly method: SplitMethod;
  readonly seed: number;
  /** One entry an image, in list order. */
  readonly splits: readonly SplitName[];
  /** Images in each split. */
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Images of each class (in the order of `classes`) in each split. */
  readonly classes: readonly string[];
  readonly classCounts: Readonly<Record<SplitName, readonly number[]>>;
  /** Classes without an image in the split. */
  readonly missingClasses: Readonly<Record<SplitName, readonly string[]>>;
  /** Groups (as given, plus the duplicate sets that were asked to stay together), and how many straddle splits. */
  readonly groupCount: number;
  readonly sharedGroupCount: number;
  readonly warnings: readonly string[];
}
