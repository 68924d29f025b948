// How a configuration differs from the presets. Pure.
import type { RunConfig } from '../../engine/contract/config.ts';
import { configFields, readConfigField } from '../../engine/contract/configFields.ts';
import { presetNames, presets, type PresetName } from '../../engine/contract/presets.ts';

/** Whether two values of a setting are the same, pairs of numbers included. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export interface SettingChange {
  readonly path: string;
  readonly preset: unknown;
  readonly value: unknown;
}

/** Settings that differ from a preset's, in the contract's order; the seed is not a change. */
export function listChanges(config: RunConfig, preset: PresetName): SettingChange[] {
  return Object.keys(configFields).flatMap((path) => {
    const change = {
      path,
      preset: readConfigField(presets[preset].config, path),
      value: readConfigField(config, path),
    };
    return path === 'seed' || isSame(change.preset, change.value) ? [] : [change];
  });
}

/** The preset that a configuration differs least from; the smaller one where several do. */
export function findNearestPreset(config: RunConfig): PresetName {
  const distance = (name: PresetName) => listChanges(config, name).length;
  return [...presetNames].sort((a, b) => distance(a) - distance(b))[0]!;
}
