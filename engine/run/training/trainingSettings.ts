// Settings of a project that say how training works on this machine; none of them changes what a run learns.
import { join } from 'node:path';
import { cacheSideFor, type PixelCacheSettings } from '../../data/pixelCache.ts';
import type { Project } from '../../project/project.ts';
import { readSetting, writeSetting } from '../../project/queries/settings.ts';
import type { ExecutorOptions } from '../../runtime/executors.ts';

export interface TrainingSettings {
  /** Processor threads of the executor; null for its own choice. Another number may change the last bits of results. */
  readonly threads: number | null;
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
  /** Most bytes of decoded pixels in the project's cache folder. */
  readonly cacheBytes: number;
}

const defaults: TrainingSettings = { threads: null, checkpointSeconds: 60, cacheBytes: 4e9 };

/** Name of the setting in the project's database. */
export const trainingSettingsName = 'training';

export function readTrainingSettings(project: Project): TrainingSettings {
  return { ...defaults, ...readSetting<Partial<TrainingSettings>>(project.database, trainingSettingsName) };
}

/** Notes how many bytes of decoded pixels the person allows, for every process that works on the project. */
export function limitPixelCache(project: Project, cacheBytes: number): void {
  if (project.readOnly || readTrainingSettings(project).cacheBytes === cacheBytes) return;
  const settings = readSetting<Partial<TrainingSettings>>(project.database, trainingSettingsName);
  writeSetting(project.database, trainingSettingsName, { ...settings, cacheBytes });
}

/** Options of the executor that trains. */
export function executorOptions(project: Project): ExecutorOptions {
  const { threads } = readTrainingSettings(project);
  return threads === null ? {} : { threads };
}

/** Where a project keeps decoded pixels. */
export function cacheFolder(project: Pick<Project, 'folder'>): string {
  return join(project.folder, 'cache');
}

/** The project's cache of decoded pixels for a model's input of `imageSize` pixels. */
export function projectPixelCache(project: Project, imageSize: number): PixelCacheSettings {
  return {
    folder: cacheFolder(project),
    shorterSide: cacheSideFor(imageSize),
    maxBytes: readTrainingSettings(project).cacheBytes,
  };
}
