// Requests about what training costs on this machine.
import type { MeasuredCost, RunCost } from '../../contract/cost.ts';
import type { Project } from '../../project/project.ts';
import { findMeasuredCost, measureCost, type CostListeners } from '../measure/measuredCost.ts';
import { isAnyRunTraining, watchingForTraining } from '../measure/otherTraining.ts';
import type { RunRequest } from '../training/createRun.ts';
import type { RunToMeasure } from '../training/measureRun.ts';
import { forecastRun } from '../training/planRun.ts';
import { resolveRunRequest, type RunSettings } from '../training/runRequest.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

/** How a measurement says how far it is, learns that nobody wants it any more, and whether it had the machine alone. */
export function listenToMeasuring(call: HandlerCall, project: Project): CostListeners {
  return {
    signal: call.signal,
    onProgress: (progress) => call.emit('task.progress', progress),
    watching: (work) => watchingForTraining(call, project, work),
  };
}

/**
 * What the same run was measured to cost before; null where it never was, or only beside training that is over by now.
 * Throws as resolveRunRequest does.
 */
export function findStoredCost(asked: RunSettings, call: HandlerCall): RunCost | null {
  const project = call.openProject(asked.project);
  return findGoodCost(project, resolveRunRequest(project, asked), call);
}

function findGoodCost(project: Project, request: RunToMeasure, call: HandlerCall): RunCost | null {
  const found = findMeasuredCost(project, request);
  return found?.besideTraining && !isAnyRunTraining(call, project) ? null : found;
}

function describeCost({ config, minutes, because }: RunRequest, cost: RunCost): MeasuredCost {
  return { cost, forecast: forecastRun(config, cost, minutes), because: because ?? null };
}

export const measureHandlers: HandlersOf<'run.measure' | 'run.forecast'> = {
  'run.measure': async ({ again, ...asked }, call) => {
    const project = call.openProject(asked.project);
    const request = resolveRunRequest(project, asked);
    const known = again ? null : findGoodCost(project, request, call);
    const cost = known ?? (await measureCost(project, request, listenToMeasuring(call, project)));
    return describeCost(request, cost);
  },
  'run.forecast': (asked, call) => {
    const project = call.openProject(asked.project);
    const request = resolveRunRequest(project, asked);
    const cost = findMeasuredCost(project, request);
    return cost && describeCost(request, cost);
  },
};
