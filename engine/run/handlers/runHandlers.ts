// Requests about runs: making, training, pausing, looking, putting into the trash.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunConfig } from '../../contract/config.ts';
import { withSetting } from '../../contract/configFields.ts';
import type { RequestPayload } from '../../contract/requests.ts';
import { EngineError } from '../../contract/errors.ts';
import { defaultPreset, presets } from '../../contract/presets.ts';
import type { RunDetails, RunSummary } from '../../contract/run.ts';
import type { Project } from '../../project/project.ts';
import { readMetrics } from '../../project/queries/metrics.ts';
import {
  annotateRun,
  listRunIds,
  listRuns,
  readRun,
  readRunState,
  setRunTrashed,
} from '../../project/queries/runs.ts';
import { readSplit } from '../../project/queries/splits.ts';
import { listExecutors, type ExecutorId } from '../../runtime/executors.ts';
import { createRun } from '../training/createRun.ts';
import { pauseRun, reconcileRuns, resumeRun, startRun, stopRun } from '../training/supervisor.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

const turnPollMs = 500;

async function chooseExecutor(asked: string | undefined): Promise<ExecutorId> {
  const known = await listExecutors();
  const found = known.find(({ id }) => id === (asked ?? 'compiled-cpu'));
  if (found?.available) return found.id;
  const usable = known.filter(({ available }) => available).map(({ id }) => id);
  throw new EngineError(
    'executor.unavailable',
    `there is no executor ${asked} here${found?.reason ? `: ${found.reason}` : ''}; available: ${usable.join(', ')}`,
  );
}

function buildConfig({
  preset = defaultPreset,
  settings = {},
  seed,
}: RequestPayload<'run.create'>): RunConfig {
  const chosen = Object.entries(settings).reduce(
    (config, [path, value]) => withSetting(config, path, value),
    presets[preset].config,
  );
  return seed === undefined ? chosen : { ...chosen, seed };
}

function summaryOf(project: Project, runId: number): RunSummary {
  const {
    config: _config,
    versions: _versions,
    events: _events,
    checkpoints: _checkpoints,
    ...summary
  } = readRun(project.database, runId);
  return summary;
}

/** Waits until no other run of the project trains, then trains this one to its end. */
async function trainToEnd(project: Project, runId: number, call: HandlerCall): Promise<RunDetails> {
  for (;;) {
    reconcileRuns(project);
    if (listRunIds(project.database, 'running').length === 0 || call.signal?.aborted) break;
    await sleep(turnPollMs);
  }
  if (call.signal?.aborted) return readRun(project.database, runId);
  const handle = startRun(project, runId, {
    onProgress: (progress) => call.emit('run.progress', progress),
    onEvent: (event) => call.emit('run.event', event),
  });
  // Giving up means pausing safely: the trainer writes a checkpoint first.
  const onAbort = () => {
    const state = readRunState(project.database, runId);
    if (state === 'running' || state === 'queued') pauseRun(project, runId);
  };
  call.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await handle.done;
  } finally {
    call.signal?.removeEventListener('abort', onAbort);
  }
  return readRun(project.database, runId);
}

function assertNotTraining(project: Project, runId: number): void {
  reconcileRuns(project);
  const state = readRunState(project.database, runId);
  if (state !== 'running') return;
  throw new EngineError('run.state', `Run ${runId} is training; pause or stop it first.`, {
    details: { runId, state },
  });
}

export const runHandlers: HandlersOf<
  | 'run.create'
  | 'run.start'
  | 'run.resume'
  | 'run.pause'
  | 'run.stop'
  | 'run.list'
  | 'run.show'
  | 'run.metrics'
  | 'run.annotate'
  | 'run.delete'
  | 'run.restore'
> = {
  'run.create': async (payload, call) => {
    const project = call.openProject(payload.project);
    const { datasetId } = readSplit(project.database, payload.split);
    const config = buildConfig(payload);
    const runId = await createRun(project, {
      name: payload.name ?? `${payload.preset ?? defaultPreset}, seed ${config.seed}`,
      datasetId,
      splitId: payload.split,
      protocol: payload.protocol ?? 'clean',
      config,
      executor: await chooseExecutor(payload.executor),
      minutes: payload.minutes,
    });
    return readRun(project.database, runId);
  },
  'run.start': ({ project, run }, call) => trainToEnd(call.openProject(project), run, call),
  'run.resume': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    resumeRun(project, run);
    return trainToEnd(project, run, call);
  },
  'run.pause': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    pauseRun(project, run);
    return readRunState(project.database, run);
  },
  'run.stop': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    stopRun(project, run);
    return readRunState(project.database, run);
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
  'run.metrics': ({ project, run, maxPoints }, call) =>
    readMetrics(call.openProject(project).database, run, { maxPoints }),
  'run.annotate': ({ project: folder, run, ...change }, call) => {
    const project = call.openProject(folder);
    annotateRun(project.database, run, change);
    return summaryOf(project, run);
  },
  'run.delete': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    assertNotTraining(project, run);
    setRunTrashed(project.database, run, Date.now());
    return summaryOf(project, run);
  },
  'run.restore': ({ project: folder, run }, call) => {
    const project = call.openProject(folder);
    readRunState(project.database, run);
    setRunTrashed(project.database, run, null);
    return summaryOf(project, run);
  },
};
