import { describe, expect, test } from 'vitest';
import {
  listMistakes,
  namePair,
  nameRow,
  resultsOf,
  ResultsState,
} from '../../../renderer/screens/results/resultsState.svelte.ts';
import { ProjectState } from '../../../renderer/state/projectState.svelte.ts';
import { connect, settle } from '../handTransport.ts';

const classes = ['ant', 'bee', 'cat'];
const predict = (imageId: string, label: number, topClasses: number[], topScores: number[]) => ({
  imageId,
  label,
  predicted: topClasses[0]!,
  topClasses,
  topScores,
});
const row = (kind: string, probe: string) => ({
  kind,
  probe,
  name: kind,
  predictions: [
    predict('7', 0, [0, 1, 2], [0.9, 0.1, 0]),
    predict('8', 0, [1, 0, 2], [0.6, 0.4, 0]),
    predict('9', 2, [1, 2, 0], [0.8, 0.2, 0]),
  ],
});
const ladder = {
  classes,
  rows: [row('random', 'ridge'), row('supervised', 'supervised'), row('pretrained', 'knn')],
};

describe('mistakes', () => {
  test('wrong predictions alone, the surest first, with at most three named guesses', () => {
    const mistakes = listMistakes(ladder.rows[0] as never, classes);
    expect(mistakes.map(({ image }) => image)).toEqual([9, 8]);
    expect(mistakes[0]).toEqual({
      image: 9,
      actual: 'cat',
      guesses: [
        { name: 'bee', score: 0.8 },
        { name: 'cat', score: 0.2 },
        { name: 'ant', score: 0 },
      ],
    });
  });

  test('a cell of the confusion matrix shows its images, right ones too', () => {
    const inCell = (actual: number, predicted: number) =>
      listMistakes(ladder.rows[0] as never, classes, { actual, predicted }).map(({ image }) => image);
    expect(inCell(0, 0)).toEqual([7]);
    expect(inCell(0, 1)).toEqual([8]);
    expect(inCell(1, 2)).toEqual([]);
  });
});

test('a pair of rows is named once by the probe that both share', () => {
  expect(namePair('random weights (kNN)', 'MIM-JEPA (kNN)')).toBe('MIM-JEPA − random weights, kNN');
  expect(namePair('supervised from scratch', 'MIM-JEPA (linear probe)')).toBe(
    'MIM-JEPA − supervised from scratch, linear probe',
  );
  expect(namePair('random weights', 'MIM-JEPA')).toBe('MIM-JEPA − random weights');
});

describe('results', () => {
  test('the pretrained row is looked at first; another row forgets the chosen cell', async () => {
    const { transport, client } = connect();
    const results = new ResultsState(client, 'p', 3);
    void results.load();
    await transport.answer('ladder.show', ladder);
    expect(nameRow(results.row!)).toBe('pretrained, kNN');
    results.cell = { actual: 0, predicted: 1 };
    expect(results.mistakes.map(({ image }) => image)).toEqual([8]);
    results.chooseRow(1);
    expect(nameRow(results.row!)).toBe('supervised');
    expect(results.cell).toBe(null);
  });

  test('scoring tells how far it is; cancelling leaves the old ladder and no error', async () => {
    const { transport, client } = connect();
    const results = new ResultsState(client, 'p', 3);
    void results.load();
    await transport.answer('ladder.show', ladder);
    void results.score({ probes: ['knn'], supervisedMinutes: 0 });
    transport.tell('ladder.run', 'ladder.progress', { step: 'random weights: features', share: 0.5 });
    expect(results.progress).toEqual({ step: 'random weights: features', share: 0.5 });
    results.cancel();
    expect(transport.sent.at(-1)).toMatchObject({ kind: 'cancel', id: transport.find('ladder.run').id });
    await transport.fail('ladder.run', 'cancelled');
    expect(results.progress).toBe(null);
    expect(results.scoreError).toBe(null);
    expect(results.ladder).toEqual(ladder);
  });

  test('a ladder that cannot be climbed says why, and reading the old one does not hide it', async () => {
    const { transport, client } = connect();
    const results = new ResultsState(client, 'p', 3);
    const scored = results.score({});
    await transport.fail('ladder.run', 'probe.impossible', 'one class only');
    expect(await scored).toBe(false);
    void results.load();
    await transport.answer('ladder.show', null);
    expect(results.scoreError).toMatchObject({ code: 'probe.impossible', message: 'one class only' });
    void results.score({});
    await settle();
    expect(results.scoreError).toBe(null);
  });

  test('scoring goes on while the screen is not shown', async () => {
    const { transport, client } = connect();
    const project = new ProjectState(client, 'p');
    void resultsOf(client, project, 3).score({});
    transport.tell('ladder.run', 'ladder.progress', { step: 'kNN', share: 0.5 });
    const again = resultsOf(client, project, 3);
    expect(again.progress).toEqual({ step: 'kNN', share: 0.5 });
    await transport.answer('ladder.run', ladder);
    expect(nameRow(again.row!)).toBe('pretrained, kNN');
    expect(resultsOf(client, project, 4).ladder).toBeUndefined();
  });
});
