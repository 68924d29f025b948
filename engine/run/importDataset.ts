// Brings a folder or CSV into a project: scan, store, look for duplicates, draw or take over the split.
import { basename, extname, resolve } from 'node:path';
import type { SplitSettings } from '../contract/answers.ts';
import type {
  DuplicateReport,
  Leak,
  ScanProgress,
  ScanReport,
  SplitAssignment,
  SplitName,
} from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { computeSplits, defaultRatios } from '../data/computeSplits.ts';
import { findLeaks } from '../data/findLeaks.ts';
import { computeManifestHash } from '../data/manifestHash.ts';
import { scanImages } from '../data/scanImages.ts';
import type { TableColumns } from '../contract/images.ts';
import type { Project } from '../project/project.ts';
import { findDatasetDuplicates } from './datasetDuplicates.ts';
import {
  insertDataset,
  readDataset,
  type DatasetRow,
  type StoredImage,
} from '../project/queries/datasets.ts';
import { insertSplit, readSplit, readSplitParts, type SplitRow } from '../project/queries/splits.ts';

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
  readonly leaks: readonly Leak[];
}

function togetherOf(duplicates: DuplicateReport, choice: 'none' | 'exact' | 'near'): Int32Array | undefined {
  if (choice === 'none') return undefined;
  return choice === 'exact' ? duplicates.exactCluster : duplicates.nearCluster;
}

export interface PlannedSplit {
  readonly images: readonly StoredImage[];
  readonly assignment: SplitAssignment;
  readonly settings: SplitSettings;
  readonly leaks: readonly Leak[];
}

/** Draws a split and looks for images that appear in more than one part; stores nothing. Throws split.impossible. */
export async function planSplit(
  project: Project,
  request: Omit<SplitRequest, 'name'>,
): Promise<PlannedSplit> {
  const { datasetId, seed, ratios = defaultRatios, keepGiven = true, keepTogether = 'exact' } = request;
  const { images, report } = await findDatasetDuplicates(project, datasetId);
  const together = togetherOf(report, keepTogether);
  const assignment = computeSplits(images, { ratios, seed, keepGiven, together });
  const leaks = findLeaks(images, assignment.splits, report);
  return { images, assignment, settings: { ratios, keepGiven, keepTogether }, leaks };
}

/** Draws a split, stores it and reports images that appear in more than one part. Throws split.impossible. */
export async function createSplit(project: Project, request: SplitRequest): Promise<SplitResult> {
  const { datasetId, seed } = request;
  const { images, assignment, settings, leaks } = await planSplit(project, request);
  const name =
    request.name ?? (assignment.method === 'drawn' ? `drawn, seed ${seed}` : `as given, seed ${seed}`);
  const splitId = insertSplit(project.database, {
    datasetId,
    name,
    settings,
    imageIds: images.map((image) => image.id),
    assignment,
    manifestHash: computeManifestHash(images, assignment.splits),
  });
  return { split: readSplit(project.database, splitId), leaks };
}

/** Leaks of a stored split, found again from the images' fingerprints. Throws dataset.notFound. */
export async function listSplitLeaks(project: Project, splitId: number): Promise<Leak[]> {
  const split = readSplit(project.database, splitId);
  const { images, report } = await findDatasetDuplicates(project, split.datasetId);
  const parts = readSplitParts(project.database, splitId);
  const splits = images.map((image) => parts.get(image.id) ?? 'train');
  return findLeaks(images, splits, report);
}
