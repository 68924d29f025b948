import { describe, expect, test } from 'vitest';
import { configFields, readConfigField } from '../../../engine/contract/configFields.ts';
import { presetNames, presets } from '../../../engine/contract/presets.ts';
import { parseRequest } from '../../../engine/contract/requests.ts';
import {
  changePreset,
  changeSetting,
  configOf,
  createDraft,
  draftFromRun,
  findProblems,
  readDraft,
  settingsOf,
  suggestName,
} from '../../../renderer/screens/newRun/draft.ts';
import { findNearestPreset, listChanges } from '../../../renderer/state/presetChanges.ts';
import { canSweep, parseValues, planRuns, spaceValues } from '../../../renderer/screens/newRun/sweep.ts';
import {
  listSettings,
  matchesSearch,
  nameSetting,
  settingGroups,
  writeSetting,
} from '../../../renderer/state/settingWords.ts';
import { detailsOf } from '../fixtures.ts';

const draft = { ...createDraft(), datasetId: 1, splitId: 2 };

describe('a draft', () => {
  test('is kept as text, unless that is another version’s', () => {
    const changed = { ...changeSetting(draft, 'model.depth', 2), name: 'Évening', tags: ['a'], minutes: 30 };
    expect(readDraft(JSON.stringify(changed))).toEqual(changed);
    expect(readDraft(null)).toEqual(createDraft());
    for (const text of [
      '{',
      JSON.stringify({ ...changed, preset: 'gone' }),
      JSON.stringify({ ...changed, more: 1 }),
      JSON.stringify({ ...changed, tags: 'a' }),
      JSON.stringify({ ...changed, settings: { 'model.gone': 1 } }),
      JSON.stringify({ ...changed, settings: { 'model.depth': 'deep' } }),
    ])
      expect(readDraft(text)).toBeNull();
  });

  test('a value equal to the preset’s is no change', () => {
    const changed = changeSetting(draft, 'masking.dropRatio', 0.7);
    expect(changed.settings).toEqual({ 'masking.dropRatio': 0.7 });
    expect(changeSetting(changed, 'masking.dropRatio', 0.6).settings).toEqual({});
    expect(changeSetting(draft, 'augment.cropScale', [0.2, 1]).settings).toEqual({});
  });

  test('another preset keeps what was changed by hand, where it is a change there', () => {
    const changed = changeSetting(changeSetting(draft, 'model.depth', 6), 'masking.dropRatio', 0.7);
    const standard = changePreset(changed, 'standard');
    expect(presets.standard.config.model.depth).toBe(6);
    expect(standard.settings).toEqual({ 'masking.dropRatio': 0.7 });
    expect(configOf(standard).model.depth).toBe(6);
  });

  test('the payload is one that the engine takes, and leaves the epochs to the time budget', () => {
    const changed = changeSetting(changeSetting(draft, 'optimizer.epochs', 5), 'model.depth', 2);
    const plain = settingsOf('p', changed)!;
    expect(parseRequest('run.create', plain)).toMatchObject({
      settings: { 'optimizer.epochs': 5, 'model.depth': 2 },
    });
    const timed = settingsOf('p', { ...changed, minutes: 10 })!;
    expect(parseRequest('run.create', timed)).toMatchObject({ minutes: 10, settings: { 'model.depth': 2 } });
    expect(timed.settings).not.toHaveProperty('optimizer.epochs');
    expect(settingsOf('p', { ...draft, splitId: null })).toBeNull();
  });

  test.each(presetNames)('the preset %s is nearest to itself', (name) => {
    expect(findNearestPreset(presets[name].config)).toBe(name);
    expect(listChanges(presets[name].config, name)).toEqual([]);
  });

  test('a run turned into a draft makes the same run again', () => {
    const config = configOf({
      ...changeSetting(changeSetting(draft, 'masking.kind', 'uniform'), 'augment.cropScale', [0.4, 1]),
      preset: 'standard',
      seed: 5,
    });
    const again = draftFromRun(
      detailsOf({ config, seed: 5, splitId: 9, datasetId: 3, protocol: 'transductive' }),
    );
    expect(again).toMatchObject({ preset: 'standard', splitId: 9, datasetId: 3, protocol: 'transductive' });
    expect(configOf(again)).toEqual(config);
  });

  test('a run that was fitted to a time gives the time, not the epochs that came of it', () => {
    const { quick } = presets;
    const config = {
      ...quick.config,
      optimizer: { ...quick.config.optimizer, epochs: 71.3, warmupEpochs: 7.13 },
    };
    const plan = {
      minutes: 20,
      stepMs: 1,
      measuredSteps: 9,
      buildMs: 1,
      reservedMs: 1,
      stepsPerEpoch: 1,
      totalSteps: 1,
    };
    expect(draftFromRun(detailsOf({ config, plan }))).toMatchObject({ minutes: 20, settings: {} });
  });

  test('problems are told by the field they belong to, of single fields and of several', () => {
    const alone = findProblems(configOf(changeSetting(draft, 'masking.dropRatio', 2)));
    expect([...alone.keys()]).toEqual(['masking.dropRatio']);
    expect(alone.get('masking.dropRatio')).toMatch(/^expected a number from 0\.05 to 0\.95/);
    const together = findProblems(configOf(changeSetting(draft, 'model.numHeads', 3)));
    expect(together.get('model.numHeads')).toBe('3 heads do not divide 128 features');
    expect(findProblems(configOf(draft)).size).toBe(0);
  });

  test('its name says what sets it apart', () => {
    expect(suggestName(draft, nameSetting)).toBe('quick, seed 47');
    expect(suggestName(changeSetting(draft, 'masking.dropRatio', 0.7), nameSetting)).toBe(
      'quick, hidden share changed, seed 47',
    );
  });
});

describe('settings in words', () => {
  test('every field has a name of its own and stands in exactly one group, but for the seed', () => {
    const paths = Object.keys(configFields);
    expect(paths.filter((path) => nameSetting(path) === path)).toEqual([]);
    expect(new Set(paths.map(nameSetting)).size).toBe(paths.length);
    const grouped = settingGroups.flatMap(({ id }) => listSettings(id));
    expect([...grouped, 'seed'].sort()).toEqual([...paths].sort());
  });

  test('the search finds a setting by its name, its sentence and its path', () => {
    const find = (search: string) => Object.keys(configFields).filter((path) => matchesSearch(path, search));
    expect(find('hidden SHARE')).toEqual(['masking.dropRatio']);
    expect(find('lrPeak')).toEqual(['optimizer.lrPeak']);
    expect(find('mirrored top')).toEqual(['augment.verticalFlip']);
    expect(find('')).toHaveLength(Object.keys(configFields).length);
  });
});

describe('a sweep', () => {
  const list = (path: string, text: string) => planRuns(draft, { kind: 'list', path, text });

  test('over seeds makes one run a seed, tagged, and everything else the same', () => {
    const { drafts } = planRuns({ ...draft, name: 'mine', tags: ['a'] }, { kind: 'seeds', count: 3 });
    expect(drafts.map(({ seed }) => seed)).toEqual([47, 48, 49]);
    expect(drafts[2]).toMatchObject({ name: 'mine, seed 49', tags: ['a', 'sweep: seeds'], settings: {} });
  });

  test('over a list changes that one field, names the runs by it and tags them', () => {
    const { drafts, problem } = list('masking.dropRatio', '0.4, 0.6; 0.8');
    expect(problem).toBeNull();
    expect(drafts.map((one) => readConfigField(configOf(one), 'masking.dropRatio'))).toEqual([0.4, 0.6, 0.8]);
    expect(drafts[0]).toMatchObject({
      name: 'quick, seed 47, hidden share 0.4',
      tags: ['sweep: hidden share'],
    });
  });

  test('over choices takes their names only', () => {
    expect(parseValues('masking.kind', 'uniform blockwise').values).toEqual(['uniform', 'blockwise']);
    expect(parseValues('masking.kind', 'uniform round').problem).toBe(
      '“round” is not one of blockwise, uniform.',
    );
  });

  test('over a range spaces values evenly or by equal ratios, whole where the field is', () => {
    const range = { kind: 'range', from: 1e-4, to: 1e-2, count: 3, isLog: true } as const;
    expect(spaceValues({ ...range, path: 'optimizer.lrPeak' })).toEqual([1e-4, 1e-3, 1e-2]);
    const depth = { kind: 'range', path: 'model.depth', from: 2, to: 4, count: 9, isLog: false } as const;
    expect(spaceValues(depth)).toEqual([2, 3, 4]);
  });

  test('what makes no runs says why', () => {
    expect(list('masking.dropRatio', '0.4').problem).toMatch(/at least two/);
    expect(list('masking.dropRatio', '0.4, x').problem).toBe('“x” is not a number.');
    expect(planRuns(draft, { kind: 'seeds', count: 1 }).problem).toMatch(/at least two/);
    expect(planRuns(draft, { kind: 'seeds', count: 500 }).problem).toMatch(/At most 50/);
    const range = { kind: 'range', path: 'optimizer.lrPeak', from: 0, to: 1, count: 3, isLog: true } as const;
    expect(planRuns(draft, range)).toMatchObject({
      drafts: [],
      problem: expect.stringMatching(/greater than 0/),
    });
  });

  test('only settings of one value can be swept, and none that the time decides', () => {
    expect(canSweep('masking.dropRatio', draft)).toBe(true);
    expect(canSweep('augment.cropScale', draft)).toBe(false);
    expect(canSweep('model.inChannels', draft)).toBe(false);
    expect(canSweep('optimizer.epochs', draft)).toBe(true);
    expect(canSweep('optimizer.epochs', { minutes: 10 })).toBe(false);
  });
});

test('epochs that were fitted to a time are written as a person would say them', () => {
  expect(writeSetting(4.62506, 'optimizer.epochs')).toBe('4.63');
  expect(writeSetting(0.004, 'optimizer.warmupEpochs')).toBe('0.004');
  expect(writeSetting(0.99995, 'optimizer.emaFinal')).toBe('0.99995');
});
