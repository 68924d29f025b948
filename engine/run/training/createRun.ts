// Makes a run: checks what was asked, fits it to a time budget where one is given, stores everything that determines it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesAtOnce, type RunConfig } from '../../contract/config.ts';
import { assertValidConfig } from '../../contract/configFields.ts';
import { EngineError } from '../../contract/errors.ts';
import type { Protocol } from '../../contract/results.ts';
import type { RunPlan } from '../../contract/run.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { insertRun } from '../../project/queries/runs.ts';
import { countPartImages, readSplit } from '../../project/queries/splits.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import { findMeasuredCost, measureCost, type CostListeners } from '../measure/measuredCost.ts';
import { describeParts, withPart } from '../measure/partSizes.ts';
import { listPretrainParts } from '../runImages.ts';
import { fitToMinutes } from './planRun.ts';
import { readVersions } from './versions.ts';

export interface RunRequest {
  readonly name: string;
  readonly datasetId: number;
  readonly splitId: number;
  readonly protocol: Protocol;
  readonly config: RunConfig;
  readonly executor: ExecutorId;
  /** Why that one, for a person; noted with the run. */
  readonly because?: string;
  /** Images computed at once, at most. */
  readonly mostAtOnce?: number;
  /** Fits the number of epochs to this time, from a measured dry run. */
  readonly minutes?: number;
}

/** For a caller that knows that nothing else trains. */
const alone: CostListeners = {
  watching: async (work) => ({ result: await work(), besideTraining: false }),
};

/**
 * Stores a queued run and returns its id. With `minutes` some real steps are measured first (seconds to a minute)
 * unless the same was measured before, and the epochs that fit are written into the stored configuration, so that the run can be repeated without measuring.
 * Throws config.invalid, request.invalid, dataset.notFound, dataset.empty, and what the measured steps may throw.
 */
export async function createRun(
  project: Project,
  request: RunRequest,
  listeners: CostListeners = alone,
): Promise<number> {
  assertValidConfig(request.config);
  const { database } = project;
  const split = readSplit(database, request.splitId);
  if (split.datasetId !== request.datasetId) {
    throw new EngineError(
      'request.invalid',
      `Split ${split.id} belongs to dataset ${split.datasetId}, not ${request.datasetId}.`,
    );
  }
  const imageCount = countPartImages(database, split.id, listPretrainParts(request.protocol));
  if (imageCount === 0) {
    throw new EngineError('dataset.empty', 'There is no image to train on in this split.');
  }
  const { config, plan } = await planRequest(project, request, listeners);
  assertValidConfig(config);
  const stepsPerEpoch = Math.ceil(imageCount / config.optimizer.batchSize);
  const { totalSteps } = createSchedule(config.optimizer, stepsPerEpoch);
  if (totalSteps < 1) {
    throw new EngineError(
      'config.invalid',
      `optimizer.epochs: ${config.optimizer.epochs} epochs of ${stepsPerEpoch} steps are not one step`,
    );
  }
  return database
    .transaction(() => {
      const { name, datasetId, splitId, protocol, executor } = request;
      const { manifestHash } = split;
      const versions = readVersions();
      const run = {
        name,
        datasetId,
        splitId,
        protocol,
        executor,
        manifestHash,
        versions,
        config,
        plan,
        totalSteps,
      };
      const runId = insertRun(database, run);
      insertRunEvent(database, runId, { step: 0, kind: 'created', message: describePlan(plan, totalSteps) });
      for (const message of listNotices(request, config)) {
        insertRunEvent(database, runId, { step: 0, kind: 'notice', message });
      }
      // Inside, so that there is no run where its folder cannot be written.
      writeConfigFile(project, runId, config);
      return runId;
    })
    .immediate();
}

async function planRequest(
  project: Project,
  request: RunRequest,
  listeners: CostListeners,
): Promise<{ config: RunConfig; plan: RunPlan | null }> {
  const { config, minutes } = request;
  const known = findMeasuredCost(project, request);
  if (minutes === undefined)
    return { config: known ? withPart(config, known.imagesAtOnce) : config, plan: null };
  const measured = known ?? (await measureCost(project, request, listeners));
  return fitToMinutes(withPart(config, measured.imagesAtOnce), minutes, measured);
}

/** What a person should know of a run before it starts. */
function listNotices({ executor, because, config: asked }: RunRequest, config: RunConfig): string[] {
  const notices = because === undefined ? [] : [`Trains on ${executor}. ${because}`];
  if (config.optimizer.precision === 'mixed' && executor === 'compiled-cpu') {
    notices.push('The processor has no half precision: it only rounds as one that has it, which is slower.');
  }
  const [before, now] = [imagesAtOnce(asked.optimizer), imagesAtOnce(config.optimizer)];
  return now === before ? notices : [...notices, describeParts(config.optimizer.batchSize, now)];
}

function describePlan(plan: RunPlan | null, totalSteps: number): string {
  if (plan === null) return `Waits for its turn: ${totalSteps} steps.`;
  return `Waits for its turn: ${totalSteps} steps of about ${Math.round(plan.stepMs)} ms fit into ${plan.minutes} ${plan.minutes === 1 ? 'minute' : 'minutes'}.`;
}

/** A copy for people; the database is what counts. */
export function writeConfigFile(project: Project, runId: number, config: RunConfig): void {
  const folder = runFolder(project, runId);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
