// Finds a dataset's images again after their folder was moved or renamed: by content, not by name.
import { resolve } from 'node:path';
import type { ScanProgress } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { scanImages } from '../data/scanImages.ts';
import type { Project } from '../project/project.ts';
import { listImages, readDataset, relinkDataset, type DatasetRow } from '../project/queries/datasets.ts';

export interface RelinkResult {
  readonly dataset: DatasetRow;
  /** Images found at their new place. */
  readonly found: number;
  /** Old relative paths of images that are not in the new folder. */
  readonly missing: readonly string[];
}

/**
 * Points a dataset at another folder. Throws dataset.notFound, file.missing, cancelled, and dataset.invalid where none of its
 * images is in the folder (nothing is changed then).
 */
export async function relinkMovedDataset(
  project: Project,
  datasetId: number,
  folder: string,
  options: { readonly onProgress?: (progress: ScanProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<RelinkResult> {
  const images = listImages(project.database, datasetId);
  const report = await scanImages(folder, { signal: options.signal }, options.onProgress);
  if (report.cancelled)
    throw new EngineError('cancelled', 'Looking for the images was stopped; nothing was changed.');
  const byHash = new Map<string, { relativePath: string; modifiedMs: number }[]>();
  for (const { sha256, relativePath, modifiedMs } of report.images) {
    byHash.set(sha256, [...(byHash.get(sha256) ?? []), { relativePath, modifiedMs }]);
  }
  const missing: string[] = [];
  const moved = images.flatMap((image) => {
    const places = byHash.get(image.sha256) ?? [];
    // Of identical files each takes its own place, by preference the one of its old name.
    const same = places.findIndex((place) => place.relativePath === image.relativePath);
    const [place] = places.splice(Math.max(0, same), 1);
    if (place) return [{ id: image.id, ...place }];
    missing.push(image.relativePath);
    return [];
  });
  if (moved.length === 0) {
    throw new EngineError(
      'dataset.invalid',
      `None of the ${images.length} images of this dataset is in ${folder}.`,
      {
        details: { datasetId, folder },
      },
    );
  }
  relinkDataset(project.database, datasetId, resolve(folder), moved);
  return { dataset: readDataset(project.database, datasetId), found: moved.length, missing };
}
