import { array, assert as assertAlways, constantFrom, double, property, tuple } from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EngineError } from '../../../../engine/contract/errors.ts';
import {
  changePercent,
  SplitEditorState,
} from '../../../../renderer/screens/images/splitEditorState.svelte.ts';
import { createHandRequester } from '../../handRequester.ts';

const usual = { train: 70, validation: 15, test: 15 };

describe('three shares', () => {
  test('training takes what validation and test leave', () => {
    expect(changePercent(usual, 'test', 30)).toEqual({ train: 55, validation: 15, test: 30 });
    expect(changePercent(usual, 'validation', 0)).toEqual({ train: 85, validation: 0, test: 15 });
  });

  test('a change of training is shared by the two others as they stood', () => {
    expect(changePercent({ train: 70, validation: 10, test: 20 }, 'train', 40)).toEqual({
      train: 40,
      validation: 20,
      test: 40,
    });
    expect(changePercent({ train: 100, validation: 0, test: 0 }, 'train', 80)).toEqual({
      train: 80,
      validation: 10,
      test: 10,
    });
  });

  test('whatever is entered, they add up to 100 %, none is negative and training keeps some', () => {
    const part = constantFrom('train' as const, 'validation' as const, 'test' as const);
    const change = tuple(part, double({ min: -50, max: 200, noNaN: true }));
    assertAlways(
      property(array(change, { maxLength: 12 }), (changes) => {
        let percents: Record<'train' | 'validation' | 'test', number> = usual;
        for (const [which, value] of changes) percents = changePercent(percents, which, value);
        const { train, validation, test: tested } = percents;
        expect(train + validation + tested).toBe(100);
        expect(Math.min(validation, tested)).toBeGreaterThanOrEqual(0);
        expect(train).toBeGreaterThanOrEqual(1);
        for (const value of [train, validation, tested]) expect(Number.isInteger(value)).toBe(true);
      }),
    );
  });
});

describe('a split in the making', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('dragging a share plans once, with the last value', () => {
    const { asked, place } = createHandRequester();
    const editor = new SplitEditorState(place);
    for (const value of [20, 25, 30]) {
      editor.setPercent('test', value);
      vi.advanceTimersByTime(100);
    }
    expect(editor.isPlanning).toBe(true);
    vi.advanceTimersByTime(300);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      name: 'split.plan',
      payload: {
        dataset: 7,
        seed: 47,
        keepTogether: 'exact',
        ratios: { train: 55, validation: 15, test: 30 },
      },
    });
  });

  test('a newer plan overtakes an older one, and the last known one stays in sight', async () => {
    const { asked, place } = createHandRequester();
    const editor = new SplitEditorState(place);
    void editor.planNow();
    await asked[0]!.answer({ leakCount: 1 });
    editor.set({ seed: 5 });
    vi.advanceTimersByTime(300);
    editor.set({ keepTogether: 'near' });
    expect(editor.plan?.leakCount).toBe(1);
    vi.advanceTimersByTime(300);
    await asked[1]!.answer({ leakCount: 2 });
    await asked[2]!.answer({ leakCount: 3 });
    expect([editor.plan?.leakCount, editor.isPlanning]).toEqual([3, false]);
    expect(asked[2]!.payload).toMatchObject({ seed: 5, keepTogether: 'near' });
  });

  test('settings that give no split say why and can be changed', async () => {
    const { asked, place } = createHandRequester();
    const editor = new SplitEditorState(place);
    void editor.planNow();
    await asked[0]!.refuse(new EngineError('split.impossible', 'one group'));
    expect([editor.plan, editor.error?.code, editor.isPlanning]).toEqual([null, 'split.impossible', false]);
    void editor.planNow();
    await asked[1]!.answer({ leakCount: 0 });
    expect(editor.error).toBeNull();
  });

  test('it is saved as it stands, under its name where it has one', async () => {
    const { asked, place } = createHandRequester();
    const editor = new SplitEditorState(place, { ratios: { train: 2, validation: 1, test: 1 } });
    editor.name = '  by patient ';
    const saving = editor.save();
    expect(asked[0]).toMatchObject({
      name: 'split.create',
      payload: { name: 'by patient', ratios: { train: 50, validation: 25, test: 25 } },
    });
    await asked[0]!.answer({ split: { id: 2 }, leaks: [] });
    expect(await saving).toEqual({ split: { id: 2 }, leaks: [] });
    editor.name = ' ';
    void editor.save();
    expect(asked[1]!.payload).not.toHaveProperty('name');
  });
});
