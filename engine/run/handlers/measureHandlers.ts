// Requests about what training costs on this machine.
import type { RunCost } from '../../contract/cost.ts';
import type { Project } from '../../project/project.ts';
import { findMeasuredCost, measureCost, type CostListeners } from '../measure/measuredCost.ts';
import { isAnyRunTraining, watchingForTraining } from '../measure/otherTraining.ts';
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
export async function findStoredCost(asked: RunSettings, call: HandlerCall): Promise<RunCost | null> {
  const project = call.openProject(asked.project);
  return findGoodCost(project, await resolveRunRequest(project, asked, call.app), call);
}

function findGoodCost(project: Project, request: RunToMeasure, call: HandlerCall): RunCost | null {
  const found = findMeasuredCost(project, request);
  return found?.besideTraining && !isAnyRunTraining(call, project) ? null : found;
}

export const measureHandlers: HandlersOf<'run.measure' | 'run.forecast'> = {
  'run.measure': async ({ again, ...asked }, call) => {
    const project = call.openProject(asked.project);
    const request = await resolveRunRequest(project, asked, call.app);
    const known = again ? null : findGoodCost(project, request, call);
    const cost = known ?? (await measureCost(project, request, listenToMeasuring(call, project)));
    return { cost, forecast: forecastRun(request.config, cost, request.minutes) };
  },
  'run.forecast': async (asked, call) => {
    const project = call.openProject(asked.project);
    const request = await resolveRunRequest(project, asked, call.app);
    const cost = findMeasuredCost(project, request);
    return cost && { cost, forecast: forecastRun(request.config, cost, request.minutes) };
  },
};
