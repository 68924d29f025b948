// Requests about what training costs on this machine.
import type { RunCost } from '../../contract/cost.ts';
import { findMeasuredCost, measureCost } from '../measure/measuredCost.ts';
import type { MeasureListeners } from '../training/measureRun.ts';
import { forecastRun } from '../training/planRun.ts';
import { resolveRunRequest, type RunSettings } from '../training/runRequest.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

/** How a measurement says how far it is, and learns that nobody wants it any more. */
export function listenToMeasuring({ emit, signal }: HandlerCall): MeasureListeners {
  return { signal, onProgress: (progress) => emit('task.progress', progress) };
}

/** What the same run was measured to cost before; null where it never was. Throws as resolveRunRequest does. */
export async function findStoredCost(asked: RunSettings, call: HandlerCall): Promise<RunCost | null> {
  const project = call.openProject(asked.project);
  return findMeasuredCost(project, await resolveRunRequest(project, asked, call.app));
}

export const measureHandlers: HandlersOf<'run.measure' | 'run.forecast'> = {
  'run.measure': async ({ again, ...asked }, call) => {
    const project = call.openProject(asked.project);
    const request = await resolveRunRequest(project, asked, call.app);
    const known = again ? null : findMeasuredCost(project, request);
    const cost = known ?? (await measureCost(project, request, listenToMeasuring(call)));
    return { cost, forecast: forecastRun(request.config, cost, request.minutes) };
  },
  'run.forecast': async (asked, call) => {
    const project = call.openProject(asked.project);
    const request = await resolveRunRequest(project, asked, call.app);
    const cost = findMeasuredCost(project, request);
    return cost && { cost, forecast: forecastRun(request.config, cost, request.minutes) };
  },
};
