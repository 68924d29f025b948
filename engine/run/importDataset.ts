// Brings a folder or CSV into a project: scan, store, look for duplicates, draw or take over the split.
import { basename, extname, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NamedLeak, SplitSettings } from '../contract/answers.ts';
import type {
  ScanProgress,
  ScanReport,
  SplitAssignment,
  SplitMethod,
  SplitName,
} from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { computeSplits, defaultRatios } from '../data/computeSplits.ts';
import { joinClusters } from '../data/findDuplicates.ts';
import { computeManifestHash } from '../data/manifestHash.ts';
import { scanImages } from '../data/scanImages.ts';
import type { TableColumns } from '../contract/images.ts';
import type { Project } from '../project/project.ts';
import { insertDataset, readDataset, type DatasetRow } from '../project/queries/datasets.ts';
import { listImageTraits, type ImageTraits } from '../project/queries/imageTraits.ts';
import type { LookAlikes } from '../project/queries/lookAlikes.ts';
import { insertSplit, readSplit, readSplitParts, type SplitRow } from '../project/queries/splits.ts';
import { findDatasetDuplicates } from './datasetDuplicates.ts';
import { listNamedLeaks } from './splitLeaks.ts';

export interface ImportOptions {
  readonly path: string;
  readonly name?: string;
  /** For a table: which column is what, where the names do not tell. */
  readonly columns?: TableColumns;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ImportResult {
  readonly dataset: DatasetRow;
  readonly report: Pick<ScanReport, 'layout' | 'quarantined' | 'ignored' | 'warnings' | 'durationMs'>;
}

/**
 * Scans and stores a dataset. Throws file.missing, dataset.invalid, and dataset.empty where not one image can be used
 * and cancelled where the caller gives up (nothing is stored then).
 */
export async function importDataset(project: Project, options: ImportOptions): Promise<ImportResult> {
  const path = resolve(options.path);
  const report = await scanImages(
    path,
    { workers: options.workers, signal: options.signal, columns: options.columns },
    options.onProgress,
  );
  if (report.cancelled) throw new EngineError('cancelled', 'The import was stopped; nothing was stored.');
  if (report.images.length === 0) {
    const first = report.quarantined[0];
    const why = first
      ? ` ${report.quarantined.length} files were set aside; the first: ${first.relativePath}: ${first.message}`
      : '';
    throw new EngineError('dataset.empty', `There is no usable image in ${path}.${why}`, {
      details: { path, quarantined: report.quarantined.length },
    });
  }
  const isCsv = report.layout === 'csv';
  const name = options.name ?? basename(path, isCsv ? extname(path) : undefined);
  const id = insertDataset(project.database, { name, csvPath: isCsv ? path : null, report });
  const { layout, quarantined, ignored, warnings, durationMs } = report;
  return {
    dataset: readDataset(project.database, id),
    report: { layout, quarantined, ignored, warnings, durationMs },
  };
}

export interface SplitRequest {
  readonly datasetId: number;
  readonly name?: string;
  readonly seed: number;
  readonly ratios?: Readonly<Record<SplitName, number>>;
  /** Keep the parts that folders or the CSV gave; default true. */
  readonly keepGiven?: boolean;
  /** Which look-alikes are never divided; default `exact`. */
  readonly keepTogether?: 'none' | 'exact' | 'near';
}

export interface SplitResult {
  readonly split: SplitRow;
  readonly leaks: readonly NamedLeak[];
}

/** For each image the lowest place of those that must stay with it. */
function togetherOf(
  images: readonly ImageTraits[],
  { exactSets, nearPairs }: LookAlikes,
  choice: 'none' | 'exact' | 'near',
): Int32Array | undefined {
  if (choice === 'none') return undefined;
  const places = new Map(images.map(({ id }, place) => [id, place]));
  const sets = exactSets.map((set) => set.map((id) => places.get(id)!));
  const pairs = nearPairs.map(({ first, second }) => {
    return { first: places.get(first)!, second: places.get(second)! };
  });
  const { exactCluster, nearCluster } = joinClusters(images.length, sets, pairs);
  return choice === 'exact' ? exactCluster : nearCluster;
}

export interface PlannedSplit {
  readonly images: readonly ImageTraits[];
  readonly assignment: SplitAssignment;
  readonly settings: SplitSettings;
  readonly leaks: readonly NamedLeak[];
}

/**
 * Draws a split and looks for images that appear in more than one part; stores nothing. Lets other work through between its
 * parts. Throws split.impossible.
 */
export async function planSplit(
  project: Project,
  request: Omit<SplitRequest, 'name'>,
): Promise<PlannedSplit> {
  const { datasetId, seed, ratios = defaultRatios, keepGiven = true, keepTogether = 'exact' } = request;
  const { database } = project;
  const alike = await findDatasetDuplicates(project, datasetId);
  const images = listImageTraits(database, datasetId);
  await nextTurn();
  const together = togetherOf(images, alike, keepTogether);
  const assignment = computeSplits(images, { ratios, seed, keepGiven, together });
  await nextTurn();
  const parts = new Map(images.map(({ id }, place) => [id, assignment.splits[place]!]));
  const leaks = listNamedLeaks(database, alike, (id) => parts.get(id)!);
  return { images, assignment, settings: { ratios, keepGiven, keepTogether }, leaks };
}

/** Where nothing was drawn, no seed had a say. */
function nameSplit(method: SplitMethod, seed: number): string {
  const names: Readonly<Record<SplitMethod, string>> = {
    allTrain: 'all images to learn from',
    given: 'as given',
    givenPartly: `as given, the rest drawn, seed ${seed}`,
    drawn: `drawn, seed ${seed}`,
  };
  return names[method];
}

/** Draws a split, stores it and reports images that appear in more than one part. Throws split.impossible. */
export async function createSplit(project: Project, request: SplitRequest): Promise<SplitResult> {
  const { datasetId, seed } = request;
  const { images, assignment, settings, leaks } = await planSplit(project, request);
  await nextTurn();
  const manifestHash = computeManifestHash(images, assignment.splits);
  await nextTurn();
  const name = request.name ?? nameSplit(assignment.method, seed);
  const imageIds = images.map((image) => image.id);
  const split = { datasetId, name, settings, imageIds, assignment, manifestHash };
  const splitId = insertSplit(project.database, split);
  return { split: readSplit(project.database, splitId), leaks };
}

/** Leaks of a stored split. Throws dataset.notFound. */
export async function listSplitLeaks(project: Project, splitId: number): Promise<NamedLeak[]> {
  const { datasetId } = readSplit(project.database, splitId);
  const alike = await findDatasetDuplicates(project, datasetId);
  const parts = readSplitParts(project.database, splitId);
  return listNamedLeaks(project.database, alike, (id) => parts.get(id) ?? 'train');
}
