// Requests about what a run's features are worth.
import { defaultEncoder } from '../../contract/config.ts';
import type { LadderRow } from '../../contract/results.ts';
import { insertLadder, insertProbe, listLadders } from '../../project/queries/probes.ts';
import { readRun } from '../../project/queries/runs.ts';
import { assertWanted } from '../processes/giveUp.ts';
import { watchingForTraining } from '../measure/otherTraining.ts';
import { fitPretrainedProbe, runLadder, type LadderRequest } from '../ladder/runLadder.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

const defaultProbes = ['ridge', 'knn'] as const;
const defaultSupervisedMinutes = 5;

const hamperedNote =
  'A run trained on this machine meanwhile, so supervised training got less done in its time than it would have alone.';

function withoutPredictions({
  predictions: _predictions,
  ...row
}: LadderRow): Omit<LadderRow, 'predictions'> {
  return row;
}

function listenTo(call: HandlerCall): Pick<LadderRequest, 'onProgress' | 'signal'> {
  const { signal, emit } = call;
  return {
    signal,
    // Told between two pieces of work: where giving up loses least.
    onProgress: (step, share) => {
      assertWanted(signal);
      emit('ladder.progress', { step, share });
    },
  };
}

export const ladderHandlers: HandlersOf<'probe.run' | 'ladder.run' | 'ladder.show'> = {
  'probe.run': async ({ project: folder, run: runId, probe = 'ridge', encoder = defaultEncoder }, call) => {
    const project = call.openProject(folder);
    const run = readRun(project.database, runId);
    const request = { project, run, encoder, probes: [probe], supervisedMs: 0, ...listenTo(call) };
    const row = await fitPretrainedProbe(request);
    insertProbe(project.database, { runId, splitId: run.splitId, step: run.step, scored: 'test' }, row);
    return withoutPredictions(row);
  },
  'ladder.run': async (payload, call) => {
    const { project: folder, run: runId, encoder = defaultEncoder, probes = defaultProbes } = payload;
    const project = call.openProject(folder);
    const run = readRun(project.database, runId);
    const startedMs = performance.now();
    const supervisedMs = (payload.supervisedMinutes ?? defaultSupervisedMinutes) * 60_000;
    const request = { project, run, encoder, probes, supervisedMs, ...listenTo(call) };
    const timed = await watchingForTraining(call, project, () => runLadder(request));
    const isHampered = timed.besideTraining && supervisedMs > 0;
    const ladder = isHampered
      ? { ...timed.result, notes: [...timed.result.notes, hamperedNote] }
      : timed.result;
    const place = {
      runId,
      splitId: run.splitId,
      step: run.step,
      seed: run.seed,
      settings: { encoder, probes, supervisedMs },
      durationMs: Math.round(performance.now() - startedMs),
    };
    insertLadder(project.database, place, ladder);
    return ladder;
  },
  'ladder.show': ({ project: folder, run }, call) =>
    listLadders(call.openProject(folder).database, run)[0]?.ladder ?? null,
};
