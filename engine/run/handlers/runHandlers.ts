// Requests about runs: making, looking, noting, putting into the trash and out of it.
import { rm } from 'node:fs/promises';
import { EngineError } from '../../contract/errors.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { deleteSomeMetrics, readMetrics } from '../../project/queries/metrics.ts';
import {
  annotateRun,
  deleteRun,
  listRuns,
  readRun,
  readRunState,
  readRunSummary,
  setRunTrashed,
} from '../../project/queries/runs.ts';
import { createRun } from '../training/createRun.ts';
import { resolveRunRequest } from '../training/runRequest.ts';
import { pauseRun, reconcileRuns } from '../training/supervisor.ts';
import type { HandlersOf } from './handler.ts';
import { listenToMeasuring } from './measureHandlers.ts';

/** Points of curves that are removed in one go: some ten milliseconds. */
const pointsAtOnce = 5_000;

function assertNotTraining(project: Project, runId: number): void {
  reconcileRuns(project);
  const state = readRunState(project.database, runId);
  if (state !== 'running') return;
  throw new EngineError('run.state', `Run ${runId} is training; pause or stop it first.`, {
    details: { runId, state },
  });
}

function assertPurgeable(project: Project, runId: number): void {
  assertNotTraining(project, runId);
  if (readRunSummary(project.database, runId).trashedAtMs !== null) return;
  throw new EngineError('run.state', `Run ${runId} is not in the trash; only what is there can be removed.`, {
    details: { runId },
  });
}

export const runHandlers: HandlersOf<
  | 'run.create'
  | 'run.list'
  | 'run.show'
  | 'run.metrics'
  | 'run.annotate'
  | 'run.delete'
  | 'run.restore'
  | 'run.purge'
> = {
  'run.create': async ({ name, tags, ...asked }, call) => {
    const project = call.openProject(asked.project);
    const request = resolveRunRequest(project, asked);
    const named = name === undefined ? request : { ...request, name };
    const runId = await createRun(project, named, listenToMeasuring(call, project));
    if (tags) annotateRun(project.database, runId, { tags });
    return readRun(project.database, runId);
  },
  'run.list': ({ project: folder, trashed }, call) => {
    const project = call.openProject(folder);
    if (!project.readOnly) reconcileRuns(project);
    return listRuns(project.database, { trashed });
  },
  'run.show': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    if (!project.readOnly) reconcileRuns(project);
    return readRun(project.database, run);
  },
  'run.metrics': ({ project, run, names, fromStep, maxPoints }, call) =>
    readMetrics(call.openProject(project).database, run, { names, fromStep, maxPoints }),
  'run.annotate': ({ project: folder, run, ...change }, call) => {
    const { database } = call.openProject(folder);
    annotateRun(database, run, change);
    return readRunSummary(database, run);
  },
  'run.delete': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertNotTraining(project, run);
    // Nothing in the trash waits for its turn.
    if (readRunState(project.database, run) === 'queued') pauseRun(project, run);
    setRunTrashed(project.database, run, Date.now());
    return readRunSummary(project.database, run);
  },
  'run.restore': ({ project: folder, run }, call) => {
    const { database } = call.openProject(folder);
    readRunState(database, run);
    setRunTrashed(database, run, null);
    return readRunSummary(database, run);
  },
  'run.purge': async ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertPurgeable(project, run);
    // Piece by piece: a long run has hundreds of thousands of points, and others wait for answers.
    while (deleteSomeMetrics(project.database, run, pointsAtOnce) > 0) {
      await new Promise(setImmediate);
      // Somebody may have restored it meanwhile.
      assertPurgeable(project, run);
    }
    // Rows first: a folder without a run is in nobody's way, a run without its folder would be.
    deleteRun(project.database, run);
    await rm(runFolder(project, run), { recursive: true, force: true });
    return listRuns(project.database, { trashed: true });
  },
};
