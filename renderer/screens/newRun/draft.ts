// A run as a person writes it down before it exists: plain data, and what follows from it. Nothing here asks the engine.
import type { RunConfig } from '../../../engine/contract/config.ts';
import {
  assertValidConfig,
  configFields,
  readConfigField,
  withSetting,
} from '../../../engine/contract/configFields.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import { defaultPreset, presets, type PresetName } from '../../../engine/contract/presets.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import type { Protocol } from '../../../engine/contract/results.ts';
import type { RunDetails } from '../../../engine/contract/run.ts';
import { findNearestPreset, isSame, listChanges } from '../../state/presetChanges.ts';

export interface RunDraft {
  readonly datasetId: number | null;
  readonly splitId: number | null;
  /** Empty: a name is made from the settings. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly seed: number;
  readonly protocol: Protocol;
  readonly preset: PresetName;
  /** Changed settings by their paths, over the preset's. The seed is not among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The time that the epochs are fitted to; null: as many epochs as the settings say. */
  readonly minutes: number | null;
  /** An executor, or `auto` for the fastest. */
  readonly device: string;
}

/** What a time budget decides, so that it cannot be set by hand at the same time. */
export const fittedByTime: readonly string[] = ['optimizer.epochs', 'optimizer.warmupEpochs'];

export function createDraft(): RunDraft {
  return {
    datasetId: null,
    splitId: null,
    name: '',
    tags: [],
    seed: presets[defaultPreset].config.seed,
    protocol: 'clean',
    preset: defaultPreset,
    settings: {},
    minutes: null,
    device: 'auto',
  };
}

export function configOf({
  preset,
  settings,
  seed,
}: Pick<RunDraft, 'preset' | 'settings' | 'seed'>): RunConfig {
  const config = Object.entries(settings).reduce(
    (before, [path, value]) => withSetting(before, path, value),
    presets[preset].config,
  );
  return { ...config, seed };
}

/** A draft with a setting changed; a value equal to the preset's is no change. */
export function changeSetting(draft: RunDraft, path: string, value: unknown): RunDraft {
  const { [path]: _old, ...others } = draft.settings;
  const isPresets = isSame(value, readConfigField(presets[draft.preset].config, path));
  return { ...draft, settings: isPresets ? others : { ...others, [path]: value } };
}

/** A draft on another preset; what was changed by hand stays changed where the presets differ from it. */
export function changePreset(draft: RunDraft, preset: PresetName): RunDraft {
  const { config } = presets[preset];
  const kept = Object.entries(draft.settings).filter(
    ([path, value]) => !isSame(value, readConfigField(config, path)),
  );
  return { ...draft, preset, settings: Object.fromEntries(kept) };
}

/** A draft that would make the same run again: same images, seed and settings, without its name. */
export function draftFromRun(run: RunDetails): RunDraft {
  const preset = findNearestPreset(run.config);
  // What the time budget wrote into the settings is not a person's change; the budget itself is.
  const fitted = run.plan === null ? [] : [...fittedByTime, 'monitor.everyEpochs'];
  const changes = listChanges(run.config, preset).filter(({ path }) => !fitted.includes(path));
  return {
    datasetId: run.datasetId,
    splitId: run.splitId,
    name: '',
    tags: run.tags,
    seed: run.seed,
    protocol: run.protocol,
    preset,
    settings: Object.fromEntries(changes.map(({ path, value }) => [path, value])),
    minutes: run.plan?.minutes ?? null,
    // It may be another machine by now.
    device: 'auto',
  };
}

/** A draft that was written down as JSON; null where that is none, or one of another version. */
export function readDraft(text: string | null): RunDraft | null {
  const empty = createDraft();
  try {
    const draft = { ...empty, ...(JSON.parse(text ?? 'null') as Partial<RunDraft> | null) };
    const isDraft =
      Object.keys(draft).length === Object.keys(empty).length &&
      draft.preset in presets &&
      typeof draft.name === 'string' &&
      Array.isArray(draft.tags) &&
      Object.keys(draft.settings).every((path) => path in configFields);
    return isDraft && findProblems(configOf(draft)).size === 0 ? draft : null;
  } catch {
    return null; // Whatever it was: one starts anew.
  }
}

/** What is wrong with a configuration, by the field it belongs to: `expected a number from 0 to 1, got 2`. */
export function findProblems(config: RunConfig): ReadonlyMap<string, string> {
  try {
    assertValidConfig(config);
    return new Map();
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'config.invalid') throw error;
    const problems = error.details['problems'] as readonly string[];
    return new Map(
      problems.map((problem) => {
        const colon = problem.indexOf(': ');
        return [problem.slice(0, colon), problem.slice(colon + 2)];
      }),
    );
  }
}

export type RunSettings = RequestPayload<'run.forecast'>;

/** What the engine is asked about a draft; null while it is not known which images it is for. */
export function settingsOf(project: string, draft: RunDraft): RunSettings | null {
  if (draft.splitId === null) return null;
  const fitted = draft.minutes === null ? [] : fittedByTime;
  const settings = Object.entries(draft.settings).filter(([path]) => !fitted.includes(path));
  return {
    project,
    split: draft.splitId,
    preset: draft.preset,
    settings: Object.fromEntries(settings),
    seed: draft.seed,
    protocol: draft.protocol,
    ...(draft.device === 'auto' ? {} : { executor: draft.device }),
    ...(draft.minutes === null ? {} : { minutes: draft.minutes }),
  };
}

/** The name a run gets where a person gives none: what sets it apart from the preset, and the seed. */
export function suggestName(draft: RunDraft, nameSetting: (path: string) => string): string {
  const changed = Object.keys(draft.settings);
  const what =
    changed.length === 0
      ? ''
      : changed.length === 1
        ? `, ${nameSetting(changed[0]!).toLowerCase()} changed`
        : `, ${changed.length} changes`;
  return `${draft.preset}${what}, seed ${draft.seed}`;
}

/** What a run of this draft will be called: as the person says, else as was suggested. */
export function nameOf(draft: RunDraft, nameSetting: (path: string) => string): string {
  return draft.name.trim() === '' ? suggestName(draft, nameSetting) : draft.name.trim();
}
