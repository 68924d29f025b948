import { describe, expect, test } from 'vitest';
import type { MeasuredCost } from '../../../engine/contract/cost.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import { listPatches } from '../../../renderer/screens/newRun/stages.ts';
import {
  describeForecast,
  describeLength,
  describeSource,
  describeTime,
  listWarnings,
} from '../../../renderer/screens/newRun/words.ts';
import { listMarks } from '../../../renderer/screens/run/chartData.ts';
import { findSilence } from '../../../renderer/state/runWords.ts';

const minute = 60_000;
const measured: MeasuredCost = {
  cost: {
    executor: 'compiled-cpu',
    device: 'CPU',
    measuredAtMs: 0,
    stepMs: 128.4,
    leastStepMs: 120,
    mostStepMs: 140,
    measuredSteps: 9,
    imagesPerSecond: 250,
    batchSize: 32,
    imagesAtOnce: 32,
    buildMs: 1,
    lookMs: 1,
    decodeMs: 1,
    checkpointMs: 1,
    checkpointSeconds: 30,
    stepsPerEpoch: 41,
    peakMemoryBytes: 4e9,
    machineMemoryBytes: 8e9,
    diskBytes: 1e8,
    freeDiskBytes: 1e9,
    power: null,
  },
  forecast: {
    epochs: 30,
    totalSteps: 1230,
    stepsPerEpoch: 41,
    totalMs: 5 * minute,
    leastMs: 4 * minute,
    mostMs: 7 * minute,
    energy: null,
  },
  because: null,
};

describe('what a run will take, in words', () => {
  test('a time comes with its range, unless the ends read the same', () => {
    expect(describeTime(measured.forecast)).toBe('5 min (4 to 7 min)');
    expect(describeTime({ totalMs: minute, leastMs: minute, mostMs: minute })).toBe('1 min');
    expect(describeLength(measured.forecast)).toBe('30 epochs, 1,230 steps');
    expect(describeLength({ epochs: 1.04, totalSteps: 41 })).toBe('1 epoch, 41 steps');
  });

  test('where the numbers come from is told', () => {
    expect(describeSource(measured.cost, true)).toBe('9 steps of 128 ms, measured just now');
    expect(describeSource(measured.cost, false, 10 * minute)).toBe('9 steps of 128 ms, measured 10 min ago');
    expect(describeSource({ ...measured.cost, besideTraining: true }, true)).toBe(
      '9 steps of 128 ms, measured just now while a run trained; alone they are faster',
    );
  });

  test('too little memory or disk is warned of, enough is not', () => {
    expect(listWarnings(measured.cost)).toEqual([]);
    const short = { ...measured.cost, peakMemoryBytes: 7e9, diskBytes: 2e9 };
    expect(listWarnings(short).map(({ tone }) => tone)).toEqual(['caution', 'bad']);
  });

  test('what was not measured is never given a time', () => {
    expect(describeForecast({ kind: 'unknown' }, 1, null)).toBe('Not measured yet with these settings.');
    const some = { kind: 'known', forecasts: [measured, measured], missing: 1 } as const;
    expect(describeForecast(some, 3, null)).toBe(
      '2 of 3 runs: 10 min (8 to 14 min). The others are not measured yet.',
    );
    const error = new EngineError('request.invalid', '1 minutes are too short', { details: { minutes: 1 } });
    expect(describeForecast({ kind: 'impossible', error }, 1, null)).toBe('This time is too short.');
  });
});

describe('what is drawn', () => {
  test('patches lie row by row', () => {
    const view = { gridSide: 2, keepMask: [1, 0, 0, 1] };
    expect(listPatches(view, 0, 100)).toEqual([
      { x: 50, y: 0, size: 50 },
      { x: 0, y: 50, size: 50 },
    ]);
  });

  test('events at one step are one mark, and the start is none', () => {
    const event = (kind: 'started' | 'paused' | 'resumed' | 'finished', step: number) =>
      ({ id: step, runId: 1, atMs: 0, step, kind, message: '', details: {} }) as const;
    const events = [event('started', 0), event('paused', 40), event('resumed', 40), event('finished', 80)];
    const marks = listMarks(events, (steps) => steps.map((step) => step / 10));
    expect(marks).toEqual([{ x: 4, label: 'paused, resumed' }]);
  });
});

test('a silence lasts until the trainer answers, is started again or has ended', () => {
  const event = (id: number, kind: 'warning' | 'notice' | 'resumed', reason?: string) => ({
    id,
    runId: 1,
    atMs: 0,
    step: 0,
    kind,
    message: `event ${id}`,
    details: reason === undefined ? {} : { reason },
  });
  const silent = event(1, 'warning', 'silent');
  expect(findSilence('running', [])).toBeNull();
  expect(findSilence('running', [silent, event(2, 'warning', 'collapsed')])).toBe('event 1');
  expect(findSilence('running', [silent, event(2, 'notice', 'ended')])).toBe('event 2');
  expect(findSilence('running', [silent, event(2, 'notice', 'answers')])).toBeNull();
  expect(findSilence('running', [silent, event(2, 'resumed')])).toBeNull();
  expect(findSilence('interrupted', [silent])).toBeNull();
});
