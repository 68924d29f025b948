// What a person does to runs, on whichever screen: each asks the engine and says what happened, with the way back.
import type { RunSummary } from '../../engine/contract/run.ts';
import type { AppState } from './appState.svelte.ts';
import type { ProjectState } from './projectState.svelte.ts';

type Actor = Pick<AppState, 'client' | 'toasts' | 'attempt'>;
export interface RunNotes {
  readonly name?: string;
  readonly notes?: string;
  readonly tags?: readonly string[];
}

const quote = (runs: readonly RunSummary[]) =>
  runs.length === 1 ? `“${runs[0]!.name}”` : `${runs.length} runs`;

export class RunActions {
  readonly #app: Actor;
  readonly #project: ProjectState;

  constructor(app: Actor, project: ProjectState) {
    this.#app = app;
    this.#project = project;
  }

  /** Puts a run that was made, paused or interrupted into the queue. */
  async enqueue(run: Pick<RunSummary, 'id'>): Promise<void> {
    await this.#app.attempt('Resuming the run', async () => {
      this.#take(await this.#app.client.request('run.enqueue', this.#of(run)));
    });
  }

  async pause(run: Pick<RunSummary, 'id'>): Promise<void> {
    await this.#app.attempt('Pausing the run', async () => {
      await this.#app.client.request('run.pause', this.#of(run));
      await this.#project.refresh();
    });
  }

  async stop(run: Pick<RunSummary, 'id'>): Promise<void> {
    await this.#app.attempt('Stopping the run', async () => {
      await this.#app.client.request('run.stop', this.#of(run));
      await this.#project.refresh();
    });
  }

  /** Changes what a person wrote about a run; answers with the run, or null where that failed. */
  async annotate(run: Pick<RunSummary, 'id'>, { tags, ...words }: RunNotes): Promise<RunSummary | null> {
    return this.#app.attempt('Saving what you wrote', async () => {
      const changed = await this.#app.client.request('run.annotate', {
        ...this.#of(run),
        ...words,
        ...(tags === undefined ? {} : { tags: [...tags] }),
      });
      this.#take(changed);
      return changed;
    });
  }

  /** Moves runs into the trash, with the way back; answers whether all of them went. */
  async trash(runs: readonly RunSummary[]): Promise<boolean> {
    const done = await this.#app.attempt('Moving to the trash', async () => {
      for (const run of runs) this.#take(await this.#app.client.request('run.delete', this.#of(run)));
      return true;
    });
    if (done) {
      this.#app.toasts.add({
        tone: 'plain',
        message: `Moved ${quote(runs)} to the trash.`,
        action: { label: 'Undo', run: () => void this.restore(runs) },
      });
    }
    return done ?? false;
  }

  async restore(runs: readonly RunSummary[]): Promise<boolean> {
    const done = await this.#app.attempt('Restoring from the trash', async () => {
      for (const run of runs) this.#take(await this.#app.client.request('run.restore', this.#of(run)));
      return true;
    });
    return done ?? false;
  }

  /** Removes trashed runs with their files, for good. */
  async purge(runs: readonly RunSummary[]): Promise<boolean> {
    const done = await this.#app.attempt('Deleting for good', async () => {
      for (const run of runs) await this.#app.client.request('run.purge', this.#of(run));
      return true;
    });
    if (done) this.#app.toasts.add({ tone: 'plain', message: `Deleted ${quote(runs)} for good.` });
    return done ?? false;
  }

  #of({ id }: Pick<RunSummary, 'id'>): { project: string; run: number } {
    return { project: this.#project.folder, run: id };
  }

  #take(run: RunSummary): void {
    this.#project.replaceRun(run);
  }
}
