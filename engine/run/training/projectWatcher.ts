// Tells what happens in an open project, whoever does it: this engine, a trainer that outlived an earlier one, or another
// program. The database is the truth; it is looked at, not listened to.
import type { EmitEvent } from '../../contract/contract.ts';
import type { Project } from '../../project/project.ts';
import {
  readProjectSignature,
  readWriteCounts,
  type ProjectSignature,
} from '../../project/queries/projectSignature.ts';
import { listEventsAfter, readLastEventId } from '../../project/queries/runEvents.ts';
import { readRunProgress } from '../../project/queries/runProgress.ts';
import { listRunIds, readRunSummary } from '../../project/queries/runs.ts';
import { SilenceWatch } from './silenceWatch.ts';
import { reconcileRuns } from './supervisor.ts';

export class ProjectWatcher {
  readonly #project: Project;
  readonly #emit: EmitEvent;
  readonly #silence: SilenceWatch;
  #writeCounts = '';
  #signature: ProjectSignature;
  #lastEventId: number;
  /** Steps of the runs that train, as told last. */
  readonly #toldSteps = new Map<number, number>();

  /** What was there before is no news. */
  constructor(project: Project, emit: EmitEvent) {
    this.#project = project;
    this.#emit = emit;
    this.#silence = new SilenceWatch(project);
    this.#signature = readProjectSignature(project.database);
    this.#lastEventId = readLastEventId(project.database);
  }

  /** Looks, tells what is new, and returns whether a run is training. */
  look(): boolean {
    const { database } = this.#project;
    // A trainer that died leaves its run `interrupted`, with an event that says so.
    if (listRunIds(database, 'running').length > 0) reconcileRuns(this.#project);
    this.#silence.look(listRunIds(database, 'running'));
    const counts = readWriteCounts(database);
    if (counts !== this.#writeCounts) {
      this.#writeCounts = counts;
      this.#tellEvents();
      this.#tellChanges();
    }
    const running = listRunIds(database, 'running');
    for (const runId of running) this.#tellProgress(runId);
    return running.length > 0;
  }

  #tellEvents(): void {
    const { database } = this.#project;
    // Ids are used again once the newest events went with a run that was removed for good.
    this.#lastEventId = Math.min(this.#lastEventId, readLastEventId(database));
    for (const event of listEventsAfter(database, this.#lastEventId)) {
      this.#lastEventId = event.id;
      this.#emit('run.event', event);
    }
  }

  #tellChanges(): void {
    const { database } = this.#project;
    const before = this.#signature;
    const now = (this.#signature = readProjectSignature(database));
    if (now.name !== before.name) this.#emit('project.changed', { what: 'name' });
    if (now.datasets !== before.datasets) this.#emit('project.changed', { what: 'datasets' });
    if (now.splits !== before.splits) this.#emit('project.changed', { what: 'splits' });
    if (now.runList !== before.runList) this.#emit('project.changed', { what: 'runs' });
    for (const [runId, mark] of now.runs) {
      if (before.runs.get(runId) !== mark) this.#emit('run.changed', readRunSummary(database, runId));
    }
  }

  #tellProgress(runId: number): void {
    const progress = readRunProgress(this.#project.database, runId);
    if (!progress || this.#toldSteps.get(runId) === progress.step) return;
    this.#toldSteps.set(runId, progress.step);
    this.#emit('run.progress', progress);
  }
}
