// The lock that the trainer of a run holds. The system releases it when that process ends, however it ends.
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { ProcessLock } from '../../project/processLock.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { listRunIds } from '../../project/queries/runs.ts';

/** The file whose lock the trainer of a run holds. */
function runLockPath(project: Pick<Project, 'folder'>, runId: number): string {
  return join(runFolder(project, runId), 'run.lock');
}

/** True while a living process trains the run. */
export function isRunLocked(project: Pick<Project, 'folder'>, runId: number): boolean {
  return ProcessLock.isHeld(runLockPath(project, runId));
}

/** True while a living process trains any run of a project; the state alone outlives a process that was killed. */
export function isProjectTraining({ folder, database }: Pick<Project, 'folder' | 'database'>): boolean {
  return listRunIds(database, 'running').some((runId) => isRunLocked({ folder }, runId));
}

const lockPatienceMs = 5_000;

/**
 * Takes a run's lock, waiting a moment: the trainer before this one may have told how it ended just before it lets go.
 * Throws project.locked while another process trains the run.
 */
export async function acquireRunLock(project: Pick<Project, 'folder'>, runId: number): Promise<ProcessLock> {
  const path = runLockPath(project, runId);
  const startedMs = performance.now();
  for (;;) {
    try {
      return ProcessLock.acquire(path);
    } catch (cause) {
      const isTaken = cause instanceof EngineError && cause.code === 'project.locked';
      if (!isTaken || performance.now() - startedMs > lockPatienceMs) throw cause;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
