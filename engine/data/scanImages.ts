// Imports a folder or a table of pictures: lists, examines every file in worker threads, and reports what was found. One
// bad file never stops an import.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type {
  ImageRecord,
  ScanProgress,
  ScanReport,
  SetAsideFile,
  SourceLayout,
} from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import type { TableColumns } from '../contract/images.ts';
import { readTable } from './csvSource.ts';
import { setAside, type FileVerdict } from './examineFile.ts';
import { createLargeImageTurn } from './largeImageTurn.ts';
import { readFolderLayout, type FileOrigin } from './folderLayout.ts';
import type { PixelCache } from './pixelCache.ts';
import { compareBytes, listFolder, type ListedFile } from './sourceListing.ts';
import { openWorkerPool, type WorkerPool } from './workerPool.ts';

export interface ScanOptions {
  /** Where decoded pixels are kept on the way; none are kept without. */
  readonly cache?: PixelCache;
  /** For a table: which column is what, where the names do not tell. */
  readonly columns?: TableColumns;
  /** Worker threads, 0 … 64; default: the processor's cores, at most 4. */
  readonly workers?: number;
  /** Stops the import; the report then says so. */
  readonly signal?: AbortSignal;
}

interface Source {
  readonly rootFolder: string;
  readonly layout: SourceLayout;
  readonly files: readonly ListedFile[];
  readonly origins: readonly FileOrigin[];
  readonly setAside: readonly SetAsideFile[];
  readonly warnings: readonly string[];
}

async function listSource(path: string, columns: TableColumns | undefined): Promise<Source> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new EngineError('file.missing', `${path} is not there`, { details: { path } });
  if (!stats.isDirectory()) {
    const table = await readTable(path, columns);
    return { ...table, layout: 'csv', origins: table.files };
  }
  const listing = await listFolder(path);
  const { layout, origins, warnings } = readFolderLayout(listing.files.map((file) => file.relativePath));
  return { rootFolder: path, layout, files: listing.files, origins, setAside: listing.setAside, warnings };
}

/** Examines the files a few at a time; verdicts in the order of the files, undefined where it was stopped before. */
async function examineAll(
  source: Source,
  pool: WorkerPool,
  signal: AbortSignal | undefined,
  onVerdict: (verdict: FileVerdict) => void,
): Promise<(FileVerdict | undefined)[]> {
  const verdicts: (FileVerdict | undefined)[] = Array.from({ length: source.files.length });
  let next = 0;
  const isStopped = () => signal?.aborted === true;
  const work = async (): Promise<void> => {
    while (next < source.files.length && !isStopped()) {
      const index = next++;
      const { path, relativePath } = source.files[index]!;
      // A worker that dies takes down the file it had, not the import.
      const verdict = await pool.run({ kind: 'examine', path, relativePath }).catch((): FileVerdict => {
        const message = 'Decoding this file failed badly; it may be damaged. Export it again.';
        return { kind: 'setAside', file: setAside(relativePath, 'content.corrupt', { message }) };
      });
      verdicts[index] = verdict;
      onVerdict(verdict);
    }
  };
  await Promise.all(Array.from({ length: pool.size }, work));
  return verdicts;
}

function byPath<T extends { readonly relativePath: string }>(entries: T[]): T[] {
  return entries.sort((a, b) => compareBytes(a.relativePath, b.relativePath));
}

function buildReport(
  source: Source,
  verdicts: readonly (FileVerdict | undefined)[],
  startedMs: number,
  cancelled: boolean,
): ScanReport {
  const images: ImageRecord[] = [];
  const refused: SetAsideFile[] = [...source.setAside];
  verdicts.forEach((verdict, index) => {
    if (verdict?.kind === 'accepted') {
      const { label, group, givenSplit } = source.origins[index]!;
      images.push({ ...verdict.image, label, group, givenSplit });
    } else if (verdict) refused.push(verdict.file);
  });
  const labels = new Set(images.map((image) => image.label).filter((label) => label !== null));
  const isIgnored = (file: SetAsideFile) => file.reason.startsWith('ignored.');
  return {
    rootFolder: source.rootFolder,
    layout: source.layout,
    images: byPath(images),
    quarantined: byPath(refused.filter((file) => !isIgnored(file))),
    ignored: byPath(refused.filter(isIgnored)),
    classes: [...labels].sort(compareBytes),
    warnings: source.warnings,
    durationMs: Math.round(performance.now() - startedMs),
    cancelled,
  };
}

/** Worker threads that suit this machine for reading images. */
export function defaultScanWorkers(): number {
  return Math.min(4, availableParallelism());
}

/**
 * Reads all pictures of a folder (`[train|val|test/][class/]…`) or of a CSV (file,label[,group][,split]).
 * @param path folder or CSV
 * @param onProgress called at most about ten times a second, and at the end
 * Throws file.missing, file.unreadable (the CSV), dataset.invalid (a CSV without a file column). Files that cannot be
 * used are in the report; so is an import without a single image.
 */
export async function scanImages(
  path: string,
  options: ScanOptions = {},
  onProgress: (progress: ScanProgress) => void = () => undefined,
): Promise<ScanReport> {
  const startedMs = performance.now();
  onProgress({ phase: 'listing', done: 0, total: 0, accepted: 0, quarantined: 0 });
  const source = await listSource(resolve(path), options.columns);
  const count = {
    done: 0,
    accepted: 0,
    quarantined: source.setAside.filter((file) => !file.reason.startsWith('ignored.')).length,
  };
  const report = () => onProgress({ phase: 'reading', total: source.files.length, ...count });
  let reportedMs = 0;
  const workers = Math.min(options.workers ?? defaultScanWorkers(), source.files.length);
  const pool = await openWorkerPool(workers, {
    purpose: 'examine',
    cache: options.cache?.handle ?? null,
    turn: createLargeImageTurn(),
  });
  try {
    const verdicts = await examineAll(source, pool, options.signal, (verdict) => {
      count.done++;
      if (verdict.kind === 'accepted') count.accepted++;
      else if (!verdict.file.reason.startsWith('ignored.')) count.quarantined++;
      if (performance.now() - reportedMs < 100) return;
      reportedMs = performance.now();
      report();
    });
    report();
    return buildReport(source, verdicts, startedMs, options.signal?.aborted ?? false);
  } finally {
    await pool.close();
  }
}
