// Look-alikes within a dataset, found once. What an import found never changes, so that the comparison of all images with
// each other need not be repeated each time a split is tried out.
import type { DuplicateReport } from '../contract/dataset.ts';
import { findDuplicates } from '../data/findDuplicates.ts';
import type { Database } from '../project/database.ts';
import type { Project } from '../project/project.ts';
import { listImages, readDataset, type StoredImage } from '../project/queries/datasets.ts';

/** By open database and dataset; datasets are never numbered twice. Goes with the database. */
const known = new WeakMap<Database, Map<number, Promise<DuplicateReport>>>();

export interface DatasetDuplicates {
  readonly images: readonly StoredImage[];
  /** Its indices are places in `images`. */
  readonly report: DuplicateReport;
}

/** Throws dataset.notFound. */
export async function findDatasetDuplicates(project: Project, datasetId: number): Promise<DatasetDuplicates> {
  const { database } = project;
  readDataset(database, datasetId);
  const images = listImages(database, datasetId);
  const ofDatabase = known.get(database) ?? new Map<number, Promise<DuplicateReport>>();
  known.set(database, ofDatabase);
  const report = ofDatabase.get(datasetId) ?? findDuplicates(images);
  ofDatabase.set(datasetId, report);
  return { images, report: await report };
}
