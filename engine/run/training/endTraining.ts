// Ending all training at once and safely, for a program whose trainers cannot outlive it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSummary } from '../../contract/run.ts';
import type { Project } from '../../project/project.ts';
import { listRunIds, readRunState, readRunSummary } from '../../project/queries/runs.ts';
import { pauseIfGoing, reconcileRuns } from './supervisor.ts';

export interface TrainingRun {
  /** The project's folder. */
  readonly project: string;
  readonly run: RunSummary;
}

/** Runs that train now, whoever started them. */
export function listTraining(projects: Iterable<Project>): TrainingRun[] {
  return [...projects].flatMap((project) =>
    listRunIds(project.database, 'running').map((id) => ({
      project: project.folder,
      run: readRunSummary(project.database, id),
    })),
  );
}

const pollMs = 100;
/** A trainer whose driver hangs may not even be ended; what it did since its last checkpoint is all that is lost. */
const patienceMs = 3 * 60_000;

/** Asks every training run to pause; resolves when all have written their checkpoints, died, or not answered for minutes. */
export async function endAllTraining(projects: Iterable<Project>): Promise<void> {
  const training = [...projects].flatMap((project) =>
    listRunIds(project.database, 'running').map((id) => ({ project, id })),
  );
  for (const { project, id } of training) pauseIfGoing(project, id);
  const startedMs = performance.now();
  const isPatient = () => performance.now() - startedMs < patienceMs;
  while (
    isPatient() &&
    training.some(({ project, id }) => readRunState(project.database, id) === 'running')
  ) {
    await sleep(pollMs);
    for (const { project } of training) reconcileRuns(project);
  }
}
