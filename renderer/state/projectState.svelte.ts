// The project that is open: its datasets, its runs and how far they are, kept true by the engine's events.
import type { DatasetInfo, ProjectInfo } from '../../engine/contract/answers.ts';
import type { EngineError } from '../../engine/contract/errors.ts';
import type { RunProgress, RunState, RunSummary } from '../../engine/contract/run.ts';
import type { EngineClient } from '../bridge/engineClient.svelte.ts';
import { ImportState } from './importState.svelte.ts';

const busyStates: ReadonlySet<RunState> = new Set(['queued', 'running']);

export class ProjectState {
  readonly folder: string;
  /** Goes on while other screens are shown. */
  readonly importing: ImportState;
  /** Null until it was opened. */
  info = $state.raw<ProjectInfo | null>(null);
  /** Why it cannot be opened. */
  error = $state.raw<EngineError | null>(null);
  datasets = $state.raw<readonly DatasetInfo[]>([]);
  /** Newest first, without the trash. */
  runs = $state.raw<readonly RunSummary[]>([]);
  /** The last word of each run that trains, by its id. */
  progress = $state.raw<ReadonlyMap<number, RunProgress>>(new Map());
  readonly training = $derived(this.runs.find((run) => run.state === 'running') ?? null);
  readonly busyCount = $derived(this.runs.filter((run) => busyStates.has(run.state)).length);
  readonly isReadOnly = $derived(this.info?.readOnly ?? false);
  readonly #client: EngineClient;
  readonly #stops: (() => void)[];

  constructor(client: EngineClient, folder: string) {
    this.#client = client;
    this.folder = folder;
    this.importing = new ImportState(client, folder);
    const ofThis = (project: string | null) => project === (this.info?.folder ?? this.folder);
    this.#stops = [
      client.on('run.progress', (progress, project) => {
        if (ofThis(project)) this.progress = new Map(this.progress).set(progress.runId, progress);
      }),
      client.on('run.changed', (run, project) => {
        if (ofThis(project)) this.replaceRun(run);
      }),
      client.on('project.changed', (_change, project) => {
        if (ofThis(project)) void this.refresh().catch((error: EngineError) => (this.error = error));
      }),
    ];
  }

  /** Opens the project; what goes wrong is in `error` then. */
  async open(): Promise<void> {
    try {
      this.#take(await this.#client.request('project.open', { project: this.folder }));
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    }
  }

  /** Reads everything again, e.g. after the engine came back. */
  async refresh(): Promise<void> {
    if (this.info === null) return this.open();
    this.#take(await this.#client.request('project.show', { project: this.folder }));
  }

  findRun(id: number): RunSummary | null {
    return this.runs.find((run) => run.id === id) ?? null;
  }

  findDataset(id: number): DatasetInfo | null {
    return this.datasets.find((dataset) => dataset.id === id) ?? null;
  }

  /** Where a run stands in the order of creation, from 0: what its colour is chosen by, for as long as the project lives. */
  colorIndexOf(runId: number): number {
    return runId - 1;
  }

  /** Puts a changed run in its place, or at the head where it is new; takes it out where it is in the trash. */
  replaceRun(run: RunSummary): void {
    const others = this.runs.filter(({ id }) => id !== run.id);
    const isKnown = others.length < this.runs.length;
    if (run.trashedAtMs !== null) this.runs = others;
    else if (isKnown) this.runs = this.runs.map((known) => (known.id === run.id ? run : known));
    else this.runs = [run, ...others].sort((a, b) => b.id - a.id);
    if (run.state !== 'running' && this.progress.has(run.id)) {
      const progress = new Map(this.progress);
      progress.delete(run.id);
      this.progress = progress;
    }
  }

  imageUrl(image: number, size: number): string {
    return this.#client.imageUrl(this.folder, image, size);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #take(info: ProjectInfo): void {
    this.info = info;
    this.datasets = info.datasets;
    this.runs = info.runs;
  }
}
