// The list of runs: what is searched for, what is selected, and the trash. The runs themselves are the project's.
import type { RunState, RunSummary } from '../../../engine/contract/run.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { countTags } from '../../state/runTags.ts';
import { describeState } from '../../state/runWords.ts';
import { formatCount, formatInterval } from '../../widgets/format.ts';

export interface RunFilter {
  readonly text: string;
  /** Null for all. */
  readonly state: RunState | null;
  readonly tag: string | null;
}

/** Whether a run is among those asked for; text is looked for in its name, notes, tags and state, all words of it. */
export function matchesFilter(run: RunSummary, { text, state, tag }: RunFilter): boolean {
  if (state !== null && run.state !== state) return false;
  if (tag !== null && !run.tags.includes(tag)) return false;
  const all =
    `${run.id} ${run.name} ${run.notes} ${run.tags.join(' ')} ${describeState(run).label}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

export class RunsState {
  filter = $state.raw<RunFilter>({ text: '', state: null, tag: null });
  /** Ids; only those that are still in the list count. */
  selectedIds = $state.raw<ReadonlySet<number>>(new Set());
  isTrashShown = $state(false);
  /** Null until it was read. */
  trash = $state.raw<readonly RunSummary[] | null>(null);
  readonly #project: ProjectState;
  readonly #client: EngineClient;

  readonly all = $derived.by(() => (this.isTrashShown ? (this.trash ?? []) : this.#project.runs));
  readonly shown = $derived.by(() => this.all.filter((run) => matchesFilter(run, this.filter)));
  readonly selected = $derived.by(() => this.shown.filter(({ id }) => this.selectedIds.has(id)));
  readonly tags = $derived.by(() => countTags(this.all));
  /** States that occur, with the number of runs in each. */
  readonly states = $derived.by(() => {
    const counts = new Map<RunState, number>();
    for (const { state } of this.all) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  });
  readonly isFiltered = $derived(
    this.filter.text.trim() !== '' || this.filter.state !== null || this.filter.tag !== null,
  );

  constructor(client: EngineClient, project: ProjectState) {
    this.#client = client;
    this.#project = project;
  }

  narrow(change: Partial<RunFilter>): void {
    this.filter = { ...this.filter, ...change };
  }

  showAll(): void {
    this.filter = { text: '', state: null, tag: null };
  }

  select(ids: Iterable<number>): void {
    this.selectedIds = new Set(ids);
  }

  /** Shows the trash, or the runs again; nothing stays selected across. */
  async showTrash(isShown: boolean): Promise<void> {
    this.isTrashShown = isShown;
    this.selectedIds = new Set();
    this.showAll();
    if (isShown) await this.readTrash();
  }

  async readTrash(): Promise<void> {
    this.trash = await this.#client.request('run.list', { project: this.#project.folder, trashed: true });
  }
}

/** The screen's verdict: what goes on, and the best that was scored, with its interval. */
export function describeRuns(runs: readonly RunSummary[]): {
  readonly sentence: string;
  readonly detail: string;
} {
  const count = (state: RunState) => runs.filter((run) => run.state === state).length;
  const waiting = count('queued');
  const parts = [
    formatCount(runs.length, 'run'),
    ...(count('running') > 0 ? ['one in training'] : []),
    ...(waiting > 0 ? [`${waiting === 1 ? 'one' : waiting} waiting`] : []),
  ].join(', ');
  const scored = runs.filter((run) => run.score !== null).toSorted((a, b) => b.score!.top1 - a.score!.top1);
  const [best] = scored;
  if (!best) return { sentence: `${parts}. None has been scored on the test images yet.`, detail: '' };
  const { top1, ci95 } = best.score!;
  return {
    sentence: `${parts}. The best scored: “${best.name}”, ${formatInterval(top1, ...ci95)}.`.replaceAll(
      ' %',
      '\u00a0%',
    ),
    detail:
      scored.length === 1
        ? ''
        : `The highest of ${scored.length} scores is partly luck: expect somewhat less of it on new images.`,
  };
}
