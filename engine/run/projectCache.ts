// Where a project keeps decoded pixels, and how much of them.
import { join } from 'node:path';
import { cacheSideFor, type PixelCacheSettings } from '../data/pixelCache.ts';
import type { Project } from '../project/project.ts';

const defaultMaxBytes = 8e9;

/** The project's cache for a model that reads images of this side, pixels. */
export function projectCache(project: Pick<Project, 'folder'>, imageSize: number): PixelCacheSettings {
  return {
    folder: join(project.folder, 'cache'),
    shorterSide: cacheSideFor(imageSize),
    maxBytes: defaultMaxBytes,
  };
}
