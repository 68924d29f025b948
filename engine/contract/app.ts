// What the app shows that belongs to no single project: recent projects, the person's settings, folders to choose from.
// Plain data only; times in milliseconds since 1970 (UTC).
import type { ErrorCode } from './errors.ts';
import type { ProbeKind } from './results.ts';

/** The best test number of a project, beside what random weights gave on the same images. */
export interface BestResult {
  readonly runId: number;
  readonly runName: string;
  readonly probe: ProbeKind;
  /** Shares, 0 … 1. */
  readonly top1: number;
  readonly ci95: readonly [number, number];
  /** The same probe on random weights; null where the ladder has no such row. */
  readonly randomTop1: number | null;
  readonly n: number;
}

/** One project on the home screen. */
export interface ProjectCard {
  readonly folder: string;
  readonly name: string;
  /** `ok`, or the code of the error that opening it gives (`project.notFound`, `project.invalid`, `project.newer`, …). */
  readonly state: 'ok' | ErrorCode;
  readonly readOnly: boolean;
  readonly lastOpenedMs: number;
  /** At most six images for the strip, of different classes where there are classes. */
  readonly coverImages: readonly number[];
  readonly imageCount: number;
  readonly classCount: number;
  readonly runCount: number;
  readonly isTraining: boolean;
  readonly best: BestResult | null;
}

export interface HomeInfo {
  /** Newest first. */
  readonly projects: readonly ProjectCard[];
  /** The folder of the images that ship with Thimble. */
  readonly sampleFolder: string;
  /** Where a new project goes unless another place is chosen. */
  readonly projectsFolder: string;
}

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** What a person set for the whole app; kept in the app's own folder. */
export interface AppSettings {
  readonly theme: Theme;
  readonly projectsFolder: string;
  /** Executor that new runs use; `auto` takes the fastest that was measured here. */
  readonly executor: string;
  /** Most bytes of decoded pixels that a project may keep. */
  readonly cacheBytes: number;
}

export interface CacheInfo {
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly fileCount: number;
}

export interface AboutInfo {
  readonly version: string;
  /** Versions of what computes. */
  readonly versions: Readonly<Record<string, string>>;
  /** Where the app keeps its own settings. */
  readonly dataFolder: string;
  readonly cpu: string;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** One folder, for choosing folders where there is no dialog of the system's. */
export interface FolderListing {
  readonly path: string;
  /** Null at the top. */
  readonly parent: string | null;
  /** Places to start from: the home folder, drives. */
  readonly places: readonly { readonly name: string; readonly path: string }[];
  readonly folders: readonly { readonly name: string; readonly path: string; readonly isProject: boolean }[];
  /** Tables and images, in that order, at most 200; `fileCount` counts all. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly sizeBytes: number }[];
  readonly fileCount: number;
}
