// Look-alikes within a dataset, found once and kept in the project: what an import stored never changes. Reading and
// comparing let other work through, so that an engine answers others meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findDuplicates, lookAlikeRuleVersion } from '../data/findDuplicates.ts';
import type { Database } from '../project/database.ts';
import type { Project } from '../project/project.ts';
import { readDataset } from '../project/queries/datasets.ts';
import {
  listImageHashes,
  readLookAlikes,
  readThumbnail,
  storeLookAlikes,
  type ImageHashes,
  type LookAlikes,
} from '../project/queries/lookAlikes.ts';

/** By open database and dataset; datasets are never numbered twice. Goes with the database. */
const known = new WeakMap<Database, Map<number, Promise<LookAlikes>>>();
/** Images that are read in one go: a few milliseconds. */
const imagesAtOnce = 500;

/** Throws dataset.notFound. */
export function findDatasetDuplicates(project: Project, datasetId: number): Promise<LookAlikes> {
  const { database } = project;
  readDataset(database, datasetId);
  const ofDatabase = known.get(database) ?? new Map<number, Promise<LookAlikes>>();
  known.set(database, ofDatabase);
  const asked = ofDatabase.get(datasetId) ?? search(project, datasetId);
  ofDatabase.set(datasetId, asked);
  // A search that failed, because the project was closed meanwhile or the disk is full, may be asked for again.
  asked.catch(() => ofDatabase.delete(datasetId));
  return asked;
}

async function search(project: Project, datasetId: number): Promise<LookAlikes> {
  const { database } = project;
  const stored = readLookAlikes(database, datasetId, lookAlikeRuleVersion);
  if (stored) return stored;
  const images: ImageHashes[] = [];
  for (;;) {
    const page = listImageHashes(database, datasetId, images.at(-1)?.id ?? 0, imagesAtOnce);
    images.push(...page);
    if (page.length < imagesAtOnce) break;
    await nextTurn();
  }
  const idOf = (index: number) => images[index]!.id;
  const report = await findDuplicates(images, (index) => readThumbnail(database, idOf(index)));
  const found: LookAlikes = {
    exactSets: report.exactSets.map((set) => set.map(idOf)),
    nearPairs: report.nearPairs.map(({ first, second, hashDistance, correlation }) => {
      return { first: idOf(first), second: idOf(second), hashDistance, correlation };
    }),
  };
  if (!project.readOnly) storeLookAlikes(database, datasetId, lookAlikeRuleVersion, found);
  return found;
}
