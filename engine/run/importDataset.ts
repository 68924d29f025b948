// Brings a folder or CSV into a project: scan, store, look for duplicates, draw or take over the split.
import { basename, extname, resolve } from 'node:path';
import type { DuplicateReport, Leak, ScanProgress, ScanReport, SplitName } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { computeSplits, defaultRatios } from '../data/computeSplits.ts';
import { findDuplicates } from '../data/findDuplicates.ts';
import { findLeaks } from '../data/findLeaks.ts';
import { computeManifestHash } from '../data/manifestHash.ts';
import { scanImages } from '../data/scanImages.ts';
import type { Project } from '../project/project.ts';
import { insertDataset, listImages, readDataset, type DatasetRow } from '../project/queries/datasets.ts';
import { insertSplit, readSplit, readSplitParts, type SplitRow } from '../project/queries/splits.ts';

export interface ImportOptions {
  readonly path: string;
  readonly name?: string;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ImportResult {
  readonly dataset: DatasetRow;
  readonly report: Pick<
    ScanReport,
    'layout' | 'quarantined' | 'ignored' | 'warnings' | 'durationMs' | 'cancelled'
  >;
}

/**
 * Scans and stores a dataset. Throws file.missing, dataset.invalid, and dataset.empty where not one image can be used
 * (nothing is stored then).
 */
export async function importDataset(project: Project, options: ImportOptions): Promise<ImportResult> {
  const path = resolve(options.path);
  const report = await scanImages(
    path,
    { workers: options.workers, signal: options.signal },
    options.onProgress,
  );
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
  const { layout, quarantined, ignored, warnings, durationMs, cancelled } = report;
  return {
    dataset: readDataset(project.database, id),
    report: { layout, quarantined, ignored, warnings, durationMs, cancelled },
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

/** Draws a split, stores it and reports images that appear in more than one part. Throws split.impossible. */
export async function createSplit(project: Project, request: SplitRequest): Promise<SplitResult> {
  const { datasetId, seed, ratios = defaultRatios, keepGiven = true, keepTogether = 'exact' } = request;
  const images = listImages(project.database, datasetId);
  const duplicates = await findDuplicates(images);
  const together = togetherOf(duplicates, keepTogether);
  const assignment = computeSplits(images, { ratios, seed, keepGiven, together });
  const name =
    request.name ?? (assignment.method === 'drawn' ? `drawn, seed ${seed}` : `as given, seed ${seed}`);
  const splitId = insertSplit(project.database, {
    datasetId,
    name,
    settings: { ratios, keepGiven, keepTogether },
    imageIds: images.map((image) => image.id),
    assignment,
    manifestHash: computeManifestHash(images, assignment.splits),
  });
  return {
    split: readSplit(project.database, splitId),
    leaks: findLeaks(images, assignment.splits, duplicates),
  };
}

/** Leaks of a stored split, found again from the images' fingerprints. Throws dataset.notFound. */
export async function listSplitLeaks(project: Project, splitId: number): Promise<Leak[]> {
  const split = readSplit(project.database, splitId);
  const images = listImages(project.database, split.datasetId);
  const parts = readSplitParts(project.database, splitId);
  const splits = images.map((image) => parts.get(image.id) ?? 'train');
  return findLeaks(images, splits, await findDuplicates(images));
}
