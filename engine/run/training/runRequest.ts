// From what a front door asks to what determines a run: preset, settings, seed, split, protocol, executor.
import type { RunConfig } from '../../contract/config.ts';
import { assertValidConfig, withSetting } from '../../contract/configFields.ts';
import { defaultPreset, presets } from '../../contract/presets.ts';
import type { RequestPayload } from '../../contract/requests.ts';
import type { Project } from '../../project/project.ts';
import { readSplit } from '../../project/queries/splits.ts';
import { usualExecutor } from '../devices/devices.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import type { RunRequest } from './createRun.ts';

/** Requests that say what a run shall be. */
export type RunSettings = RequestPayload<'run.measure'>;

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

/** The engine has chosen the device by then (withChosenDevice). Throws config.invalid, dataset.notFound. */
export function resolveRunRequest(project: Project, asked: RunSettings): RunRequest {
  const { datasetId } = readSplit(project.database, asked.split);
  const config = buildConfig(asked);
  return {
    name: `${asked.preset ?? defaultPreset}, seed ${config.seed}`,
    datasetId,
    splitId: asked.split,
    protocol: asked.protocol ?? 'clean',
    config,
    executor: (asked.executor ?? usualExecutor) as ExecutorId,
    because: asked.because,
    mostAtOnce: asked.mostAtOnce,
    minutes: asked.minutes,
  };
}
