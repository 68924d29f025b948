// From what a front door asks to what determines a run: preset, settings, seed, split, protocol, executor.
import type { RunConfig } from '../../contract/config.ts';
import { assertValidConfig, withSetting } from '../../contract/configFields.ts';
import { EngineError } from '../../contract/errors.ts';
import { defaultPreset, presets } from '../../contract/presets.ts';
import type { RequestPayload } from '../../contract/requests.ts';
import type { Project } from '../../project/project.ts';
import { readSplit } from '../../project/queries/splits.ts';
import { listExecutors, type ExecutorId } from '../../runtime/executors.ts';
import type { RunRequest } from './createRun.ts';

/** Requests that say what a run shall be. */
export type RunSettings = RequestPayload<'run.measure'>;

/** The executor that is used where none is named. */
export const usualExecutor: ExecutorId = 'compiled-cpu';

/** Throws executor.unavailable where this machine cannot use it. */
export async function chooseExecutor(asked: string | undefined): Promise<ExecutorId> {
  const known = await listExecutors();
  const found = known.find(({ id }) => id === (asked ?? usualExecutor));
  if (found?.available) return found.id;
  const usable = known.filter(({ available }) => available).map(({ id }) => id);
  throw new EngineError(
    'executor.unavailable',
    `there is no executor ${asked} here${found?.reason ? `: ${found.reason}` : ''}; available: ${usable.join(', ')}`,
  );
}

/** The preset's configuration with the settings and the seed over it. Throws config.invalid. */
export function buildConfig({
  preset = defaultPreset,
  settings = {},
  seed,
}: Pick<RunSettings, 'preset' | 'settings' | 'seed'>): RunConfig {
  const chosen = Object.entries(settings).reduce(
    (config, [path, value]) => withSetting(config, path, value),
    presets[preset].config,
  );
  const config = seed === undefined ? chosen : { ...chosen, seed };
  assertValidConfig(config);
  return config;
}

/** Throws config.invalid, dataset.notFound, executor.unavailable. */
export async function resolveRunRequest(project: Project, asked: RunSettings): Promise<RunRequest> {
  const { datasetId } = readSplit(project.database, asked.split);
  const config = buildConfig(asked);
  return {
    name: `${asked.preset ?? defaultPreset}, seed ${config.seed}`,
    datasetId,
    splitId: asked.split,
    protocol: asked.protocol ?? 'clean',
    config,
    executor: await chooseExecutor(asked.executor),
    minutes: asked.minutes,
  };
}
