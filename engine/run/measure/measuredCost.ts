// What runs were measured to cost, remembered with the project: by machine, executor, images, and whatever of the
// configuration costs time. Two runs that differ only in seed, rates or epochs share one measurement.
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';
import type { RunCost } from '../../contract/cost.ts';
import type { Project } from '../../project/project.ts';
import { readSetting, writeSetting } from '../../project/queries/settings.ts';
import { readSplit } from '../../project/queries/splits.ts';
import {
  measureRun,
  readFreeBytes,
  type MeasureListeners,
  type RunToMeasure,
} from '../training/measureRun.ts';
import { readTrainingSettings } from '../training/trainingSettings.ts';
import { readVersions } from '../training/versions.ts';
import { describeMachine } from './machine.ts';

/** Bump when measuring changes: what was measured by other rules is then measured again. */
const measureRuleVersion = 3;

function settingName(project: Project, { splitId, protocol, executor, config }: RunToMeasure): string {
  const { model, masking, augment, optimizer, monitor } = config;
  const { checkpointSeconds: _seconds, ...training } = readTrainingSettings(project);
  const costly = {
    rules: measureRuleVersion,
    machine: describeMachine(),
    memoryBytes: totalmem(),
    versions: readVersions(),
    executor,
    training,
    manifestHash: readSplit(project.database, splitId).manifestHash,
    protocol,
    model,
    masking,
    augment,
    batchSize: optimizer.batchSize,
    microBatch: optimizer.microBatch,
    precision: optimizer.precision,
    looks: monitor.everyEpochs > 0 ? monitor.maxImages : 0,
  };
  return `measured.${createHash('sha256').update(JSON.stringify(costly)).digest('hex')}`;
}

export interface CostListeners extends MeasureListeners {
  /** Does the work, and tells whether a run trained on this machine meanwhile. */
  readonly watching: <T>(
    work: () => Promise<T>,
  ) => Promise<{ readonly result: T; readonly besideTraining: boolean }>;
}

/** What the same was measured to cost before, with the disk as it is now; null where it never was. Throws dataset.notFound. */
export function findMeasuredCost(project: Project, request: RunToMeasure): RunCost | null {
  const found = readSetting<RunCost>(project.database, settingName(project, request));
  if (!found) return null;
  const { checkpointSeconds } = readTrainingSettings(project);
  return { ...found, checkpointSeconds, freeDiskBytes: readFreeBytes(project.folder) };
}

/** Measures and remembers. Throws as measureRun does. */
export async function measureCost(
  project: Project,
  request: RunToMeasure,
  listeners: CostListeners,
): Promise<RunCost> {
  const { result, besideTraining } = await listeners.watching(() => measureRun(project, request, listeners));
  const cost = { ...result, besideTraining };
  if (!project.readOnly) writeSetting(project.database, settingName(project, request), cost);
  return cost;
}
