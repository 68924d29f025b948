import { describe, expect, test } from 'vitest';
import type { RunComparison } from '../../../engine/contract/answers.ts';
import { CompareState, placeOnAxis } from '../../../renderer/screens/compare/compareState.svelte.ts';
import { describeComparison } from '../../../renderer/screens/compare/comparisonWords.ts';
import { connect, settle } from '../handTransport.ts';

const seconds = { name: 'trainingSeconds', steps: [10, 20], values: [60, 180] } as const;

describe('axes', () => {
  test('steps stay, become epochs, or minutes of training by their own curve', () => {
    const run = { stepsPerEpoch: 4, seconds };
    expect(placeOnAxis([0, 4, 10], 'step', run)).toEqual([0, 4, 10]);
    expect(placeOnAxis([0, 4, 10], 'epoch', run)).toEqual([0, 1, 2.5]);
    expect(placeOnAxis([0, 5, 10, 15, 20, 25], 'minutes', run)).toEqual([0, 0.5, 1, 2, 3, 3]);
  });

  test('without a clock there are no minutes to draw along', () => {
    expect(placeOnAxis([0, 1], 'minutes', { stepsPerEpoch: 4, seconds: undefined })).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });
});

const pair = (difference: number, certainty: string) => ({
  difference,
  certainty,
  interval: { low: difference - 0.03, high: difference + 0.03 },
  wrongToRight: 18,
  rightToWrong: 8,
});
/** `later` are the places of the runs that the comparisons are of: all but the first unless told. */
const compared = (
  names: string[],
  comparisons: unknown[],
  { rows = names.map(() => ({})) as unknown[], later = names.map((_, place) => place).slice(1) } = {},
) =>
  describeComparison({
    runs: names.map((name, place) => ({ id: place + 1, name })),
    rows,
    comparisons,
    flips: comparisons.map((_, index) => ({ run: later[index]! + 1 })),
  } as never);

describe('the verdict of a comparison', () => {
  test('a clear difference names the better run, its size, its interval and the images that turned', () => {
    const { sentence, tone } = compared(['A', 'B'], [pair(0.032, 'clear')]);
    expect(sentence).toContain('“B” is better than “A” by 3.2 points (95 % interval 0.2 to 6.2)');
    expect(sentence).toContain('18 images changed from wrong to right, 8 the other way');
    expect(tone).toBe('good');
    expect(compared(['A', 'B'], [pair(-0.05, 'clear')]).sentence).toContain(
      '“A” is better than “B” by 5.0 points (95 % interval 2.0 to 8.0)',
    );
  });

  test('an unclear difference is not called one', () => {
    const { sentence, tone } = compared(['A', 'B'], [pair(0.01, 'unclear')]);
    expect(sentence).toMatch(/^No clear difference between “A” and “B”/);
    expect(tone).toBe('neutral');
  });

  test('of several runs the best is compared with the first', () => {
    const comparisons = [pair(-0.02, 'unclear'), pair(0.06, 'likely'), pair(0.04, 'clear')];
    expect(compared(['A', 'B', 'C', 'D'], comparisons).sentence).toContain('“C” is probably better than “A”');
    expect(compared(['A', 'B', 'C'], comparisons.slice(0, 1).concat(pair(-0.1, 'clear'))).sentence).toBe(
      'None of the other runs scores higher than “A”.',
    );
  });

  test('a run that shares no image with the first leaves the others their own differences', () => {
    const { sentence } = compared(['A', 'B', 'C'], [pair(0.06, 'clear')], { later: [2] });
    expect(sentence).toContain('“C” is better than “A”');
  });

  test('runs that were not scored, or share no image, are not judged', () => {
    expect(compared(['A', 'B'], [], { rows: [{}, null] }).sentence).toBe(
      'So far only curves and settings can be compared.',
    );
    const rows = [{}, null, {}];
    expect(compared(['A', 'B', 'C'], [pair(0.06, 'clear')], { rows, later: [2] }).sentence).toContain(
      '“C” is better than “A”',
    );
    expect(compared(['A', 'B'], []).sentence).toContain('share no test image');
  });
});

describe('comparing', () => {
  test('what was said about other runs goes at once', async () => {
    const { transport, client } = connect();
    const compare = new CompareState(client, 'p');
    void compare.load([1, 2]);
    await transport.fail('compare.runs', 'run.notFound', 'no run 2');
    void compare.load([1, 3]);
    expect([compare.error, compare.comparison]).toEqual([null, null]);
  });

  test('a run without a clock is not drawn along minutes', () => {
    const { client } = connect();
    const compare = new CompareState(client, 'p');
    const metrics = [{ name: 'knn', steps: [0, 8], values: [0.4, 0.5] }] as const;
    compare.runs = [{ summary: { id: 1 } as never, stepsPerEpoch: 4, metrics }];
    compare.axis = 'epoch';
    expect(compare.curves).toEqual([{ run: { id: 1 }, x: [0, 2], y: [0.4, 0.5] }]);
    compare.axis = 'minutes';
    expect(compare.curves).toEqual([{ run: { id: 1 }, x: [], y: [] }]);
  });

  test('another curve is asked for when it is chosen, of each run, and once', async () => {
    const { transport, client } = connect();
    const compare = new CompareState(client, 'p');
    compare.runs = [1, 2].map((id) => ({ summary: { id } as never, stepsPerEpoch: 4, metrics: [] }));
    const loss = { name: 'loss', steps: [0], values: [1] };
    const asked = () => transport.sent.filter((message) => message.kind === 'request');
    const choosing = compare.chooseMetric('loss');
    expect(asked().map(({ payload }) => (payload as { names: unknown }).names)).toEqual([['loss'], ['loss']]);
    expect(compare.metric).toBe('knn');
    for (const { id } of asked()) transport.deliver({ kind: 'result', id, result: [loss] as never });
    await choosing;
    expect(compare.curves.map(({ y }) => y)).toEqual([[1], [1]]);
    await compare.chooseMetric('loss');
    expect(asked()).toHaveLength(2);
  });

  test('further images that turned are put behind those that are known', async () => {
    const { transport, client } = connect();
    const compare = new CompareState(client, 'p');
    compare.comparison = {
      runs: [{ id: 1 }, { id: 2 }],
      flips: [{ run: 2, wrongToRight: [{ image: 5 }], rightToWrong: [] }],
    } as unknown as RunComparison;
    const reading = compare.readFlips(2, 'wrongToRight');
    expect(transport.find('compare.flips').payload).toMatchObject({ first: 1, later: 2, offset: 1 });
    await transport.answer('compare.flips', [{ image: 8 }]);
    await reading;
    expect(compare.comparison!.flips[0]!.wrongToRight.map(({ image }) => image)).toEqual([5, 8]);
  });

  test('an answer that comes after another choice is left aside', async () => {
    const { transport, client } = connect();
    const compare = new CompareState(client, 'p');
    void compare.load([1, 2]);
    const late = transport.find('compare.runs').id;
    void compare.load([1, 3]);
    await transport.fail('compare.runs', 'run.notFound', 'no run 3');
    expect(compare.error?.message).toBe('no run 3');
    transport.deliver({ kind: 'error', id: late, error: { code: 'internal', message: 'late', details: {} } });
    await settle();
    expect(compare.error?.message).toBe('no run 3');
    expect(compare.isLoading).toBe(false);
  });
});
