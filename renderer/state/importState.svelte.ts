// Bringing images in: choose a folder or a table, see what it holds, import it, divide it. Nothing is stored before the
// import has ended: giving up on the way leaves the project as it was.
import type { DatasetDetails } from '../../engine/contract/answers.ts';
import type { ScanProgress } from '../../engine/contract/dataset.ts';
import type { EngineError } from '../../engine/contract/errors.ts';
import type { SourceInspection, TableColumns } from '../../engine/contract/images.ts';
import { estimatePace, type Pace } from './importPace.ts';
import { isCancelled, type Requester } from './requester.ts';

export type ImportStep = 'choose' | 'inspecting' | 'ready' | 'importing' | 'dividing';

/** What an import came to. */
export interface Imported {
  readonly dataset: DatasetDetails;
  /** Why no split could be made; the images are there all the same. */
  readonly splitError: EngineError | null;
}

export const columnRoles = ['file', 'label', 'group', 'split'] as const;
export type ColumnRole = (typeof columnRoles)[number];

export class ImportState {
  step = $state.raw<ImportStep>('choose');
  path = $state.raw<string | null>(null);
  inspection = $state.raw<SourceInspection | null>(null);
  columns = $state.raw<TableColumns>({});
  name = $state('');
  progress = $state.raw<ScanProgress | null>(null);
  pace = $state.raw<Pace>({ perSecond: null, leftMs: null });
  error = $state.raw<EngineError | null>(null);
  /** True after an import was given up: nothing was stored, and the page says so. */
  wasCancelled = $state.raw(false);
  /** A folder needs to hold something, a table to say which column names the files. */
  readonly canImport = $derived(
    this.step === 'ready' &&
      (this.inspection?.kind === 'csv'
        ? Boolean(this.columns.file)
        : (this.inspection?.imageFileCount ?? 0) > 0),
  );
  readonly #client: Requester;
  readonly #project: string;
  readonly #now: () => number;
  #stop = new AbortController();
  #readingSinceMs: number | null = null;

  constructor(client: Requester, project: string, now: () => number = () => performance.now()) {
    this.#client = client;
    this.#project = project;
    this.#now = now;
  }

  /** Looks at a folder or table without importing it. */
  async inspect(path: string): Promise<void> {
    this.#begin('inspecting');
    this.path = path;
    const { signal } = this.#stop;
    try {
      const inspection = await this.#client.request('source.inspect', { path }, { signal });
      if (signal.aborted) return;
      this.inspection = inspection;
      this.columns = inspection.chosen;
      this.name = nameOf(path);
      this.step = 'ready';
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.#fail(error, 'choose');
    }
  }

  setColumn(role: ColumnRole, column: string | null): void {
    this.columns = { ...this.columns, [role]: column };
  }

  /** Imports what was inspected and divides it; null where that failed or was given up. */
  async run(): Promise<Imported | null> {
    const { inspection, columns } = this;
    if (inspection === null || !this.canImport) return null;
    this.#begin('importing');
    const { signal } = this.#stop;
    const name = this.name.trim();
    try {
      const dataset = await this.#client.request(
        'dataset.import',
        {
          project: this.#project,
          path: inspection.path,
          ...(name === '' ? {} : { name }),
          ...(inspection.kind === 'csv' ? { columns } : {}),
        },
        {
          signal,
          onEvent: (event, progress) => {
            if (event === 'import.progress') this.#follow(progress as ScanProgress);
          },
        },
      );
      return await this.#divide(dataset);
    } catch (error) {
      if (isCancelled(error)) {
        this.wasCancelled = true;
        this.step = 'ready';
      } else this.#fail(error, 'ready');
      return null;
    }
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.#stop.abort();
    if (this.step === 'inspecting') this.reset();
  }

  /** Back to choosing. */
  reset(): void {
    this.#begin('choose');
    this.inspection = null;
    this.path = null;
  }

  async #divide(dataset: DatasetDetails): Promise<Imported> {
    this.step = 'dividing';
    const asked = { project: this.#project, dataset: dataset.id };
    try {
      const { split } = await this.#client.request('split.create', asked);
      return { dataset: { ...dataset, splits: [...dataset.splits, split] }, splitError: null };
    } catch (error) {
      return { dataset, splitError: error as EngineError };
    } finally {
      this.step = 'choose';
    }
  }

  #begin(step: ImportStep): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.step = step;
    this.error = null;
    this.wasCancelled = false;
    this.progress = null;
    this.pace = { perSecond: null, leftMs: null };
    this.#readingSinceMs = null;
  }

  #fail(error: unknown, backTo: ImportStep): void {
    this.error = error as EngineError;
    this.step = backTo;
  }

  #follow(progress: ScanProgress): void {
    this.progress = progress;
    if (progress.phase !== 'reading') return;
    this.#readingSinceMs ??= this.#now();
    this.pace = estimatePace(progress, this.#now() - this.#readingSinceMs);
  }
}

/** What a folder or table will be called: its own name, without a table's ending. */
export function nameOf(path: string): string {
  const last =
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? '';
  return last.replace(/\.(csv|tsv|txt)$/i, '') || path;
}
