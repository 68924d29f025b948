// Settings of a project that say how training works on this machine; none of them changes what a run computes.
import { join } from 'node:path';
import { cacheSideFor, type PixelCacheSettings } from '../../data/pixelCache.ts';
import type { Project } from '../../project/project.ts';
import { readSetting } from '../../project/queries/settings.ts';

export interface TrainingSettings {
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
  /** Most bytes of decoded pixels in the project's cache folder. */
  readonly cacheBytes: number;
}

const defaults: TrainingSettings = { checkpointSeconds: 60, cacheBytes: 4e9 };

/** Name of the setting in the project's database. */
export const trainingSettingsName = 'training';

export function readTrainingSettings(project: Project): TrainingSettings {
  return { ...defaults, ...readSetting<Partial<TrainingSettings>>(project.database, trainingSettingsName) };
}

/** The project's cache of decoded pixels for a model's input of `imageSize` pixels. */
export function projectPixelCache(project: Project, imageSize: number): PixelCacheSettings {
  return {
    folder: join(project.folder, 'cache'),
    shorterSide: cacheSideFor(imageSize),
    maxBytes: readTrainingSettings(project).cacheBytes,
  };
}
