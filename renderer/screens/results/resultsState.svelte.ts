// What a run is worth: its newest ladder, making one, and reading it: mistakes, classes, differences.
import type { TaskProgress } from '../../../engine/contract/contract.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import {
  probeNames,
  type ImagePrediction,
  type Ladder,
  type LadderRow,
} from '../../../engine/contract/results.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { isCancelled } from '../../state/requester.ts';

export type LadderOptions = Omit<RequestPayload<'ladder.run'>, 'project' | 'run'>;

/** A test image that was taken for another class, with the guesses and how sure each was. */
export interface Mistake {
  readonly image: number;
  readonly actual: string;
  readonly guesses: readonly { readonly name: string; readonly score: number }[];
}

/** Wrong predictions of a row, the surest first; `actual` and `predicted` narrow them to one cell of the confusion matrix. */
export function listMistakes(
  row: Pick<LadderRow, 'predictions'>,
  classes: readonly string[],
  cell: { readonly actual: number; readonly predicted: number } | null = null,
): Mistake[] {
  const isWanted = ({ label, predicted }: ImagePrediction) =>
    cell === null ? label !== predicted : label === cell.actual && predicted === cell.predicted;
  return row.predictions
    .filter(isWanted)
    .sort((a, b) => (b.topScores[0] ?? 0) - (a.topScores[0] ?? 0))
    .map(({ imageId, label, topClasses, topScores }) => ({
      image: Number(imageId),
      actual: classes[label] ?? '',
      guesses: topClasses
        .slice(0, 3)
        .map((index, place) => ({ name: classes[index] ?? '', score: topScores[place] ?? 0 })),
    }));
}

/** What tells one row of a ladder from another, for a choice. */
export function nameRow(row: Pick<LadderRow, 'name' | 'probe'>): string {
  return row.probe === 'supervised' ? row.name : `${row.name}, ${probeNames[row.probe]}`;
}

/** A pair of rows for an axis: `MIM-JEPA − random weights, kNN` where both are judged by the same probe. */
export function namePair(first: string, second: string): string {
  const [, probe] = / \((.*)\)$/.exec(second) ?? [];
  if (probe === undefined) return `${second} − ${first}`;
  const bare = second.slice(0, -probe.length - 3);
  return `${bare} − ${first.replace(` (${probe})`, '')}, ${probe}`;
}

export class ResultsState {
  /** Undefined while loading, null where the run was never scored. */
  ladder = $state.raw<Ladder | null | undefined>(undefined);
  /** Why the ladder cannot be read. */
  error = $state.raw<EngineError | null>(null);
  /** Why the last scoring came to nothing. */
  scoreError = $state.raw<EngineError | null>(null);
  /** Null unless a ladder is being climbed. */
  progress = $state.raw<TaskProgress | null>(null);
  /** Which row is looked at closely; null for the pretrained one of the verdict. */
  chosenRow = $state<number | null>(null);
  /** The cell of the confusion matrix whose images are shown. */
  cell = $state.raw<{ readonly actual: number; readonly predicted: number } | null>(null);

  readonly rowIndex = $derived.by(() => {
    const rows = this.ladder?.rows ?? [];
    if (this.chosenRow !== null && this.chosenRow < rows.length) return this.chosenRow;
    return Math.max(
      0,
      rows.findIndex(({ kind }) => kind === 'pretrained'),
    );
  });
  readonly row = $derived(this.ladder?.rows[this.rowIndex] ?? null);
  readonly mistakes = $derived(
    this.row && this.ladder ? listMistakes(this.row, this.ladder.classes, this.cell) : [],
  );
  readonly #client: EngineClient;
  readonly #place: { readonly project: string; readonly run: number };
  #abort: AbortController | null = null;

  constructor(client: EngineClient, project: string, run: number) {
    this.#client = client;
    this.#place = { project, run };
  }

  async load(): Promise<void> {
    try {
      this.ladder = await this.#client.request('ladder.show', this.#place);
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    }
  }

  /**
   * Climbs the ladder and answers whether it did; what goes wrong is in `scoreError` then. Being cancelled leaves
   * everything as it was.
   */
  async score(options: LadderOptions): Promise<boolean> {
    this.scoreError = null;
    this.progress = { step: 'Starting', share: null };
    this.#abort = new AbortController();
    try {
      this.ladder = await this.#client.request(
        'ladder.run',
        { ...this.#place, ...options },
        {
          signal: this.#abort.signal,
          onEvent: (name, event) => {
            if (name === 'ladder.progress' || name === 'task.progress') this.progress = event as TaskProgress;
          },
        },
      );
      this.chosenRow = null;
      this.cell = null;
      return true;
    } catch (error) {
      if (!isCancelled(error)) this.scoreError = error as EngineError;
      return false;
    } finally {
      this.progress = null;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }

  chooseRow(index: number): void {
    this.chosenRow = index;
    this.cell = null;
  }
}

const states = new WeakMap<ProjectState, Map<number, ResultsState>>();

/** The results of a run. They live as long as its project: scoring takes minutes and goes on while other screens are shown. */
export function resultsOf(client: EngineClient, project: ProjectState, run: number): ResultsState {
  const ofProject = states.get(project) ?? new Map<number, ResultsState>();
  states.set(project, ofProject);
  let state = ofProject.get(run);
  if (state) return state;
  // Made by a component, but it outlives it: what is derived in it must not end with the component's effects.
  $effect.root(() => {
    state = new ResultsState(client, project.folder, run);
  });
  ofProject.set(run, state!);
  return state!;
}
