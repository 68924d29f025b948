import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImagePrediction, LadderRow } from '../../../engine/contract/results.ts';
import { insertProbe } from '../../../engine/project/queries/probes.ts';
import { Engine } from '../../../engine/run/engine.ts';
import { createRun } from '../../../engine/run/training/createRun.ts';
import { createTinyProject, tinyConfig, type TinyProject } from './training/tinyProject.ts';

let tiny: TinyProject;
const engine = new Engine();
beforeAll(async () => (tiny = await createTinyProject()));
afterAll(() => {
  engine.close();
  tiny.remove();
});

/** Images 1 to 6 are bright (class 0), 7 to 12 dark (class 1). */
function predict(predicted: Readonly<Record<number, number>>): ImagePrediction[] {
  return Object.entries(predicted).map(([id, guess]) => ({
    imageId: id,
    label: Number(id) <= 6 ? 0 : 1,
    predicted: guess,
    topClasses: [guess],
    topScores: [1],
  }));
}

async function addRun(name: string, predictions: readonly ImagePrediction[] | null): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  const runId = await createRun(project, {
    name,
    datasetId,
    splitId,
    protocol: 'clean',
    config: tinyConfig,
    executor: 'compiled-cpu',
  });
  if (predictions === null) return runId;
  const row = {
    name: 'MIM-JEPA',
    kind: 'pretrained',
    probe: 'ridge',
    encoder: 'context',
    features: 'mean',
    n: predictions.length,
    top1: predictions.filter(({ label, predicted }) => label === predicted).length / predictions.length,
    balancedAccuracy: 0.5,
    ci95: [0, 1],
    protocol: 'clean',
    seed: 1,
    predictions,
  } as unknown as LadderRow;
  insertProbe(project.database, { runId, splitId, step: 1, scored: 'test' }, row);
  return runId;
}

test('the images whose prediction turned are told for each later run, by name and class', async () => {
  const first = await addRun('first', predict({ 1: 0, 2: 1, 3: 1, 7: 1, 8: 1, 9: 0 }));
  const unmeasured = await addRun('unmeasured', null);
  // Image 9 was not scored by both.
  const later = await addRun('later', predict({ 1: 0, 2: 0, 3: 1, 7: 0, 8: 1, 10: 1 }));
  const { flips, comparisons, rows } = await engine.request('compare.runs', {
    project: tiny.project.folder,
    runs: [first, unmeasured, later],
  });
  expect(comparisons).toHaveLength(1);
  // What grows with the square of the classes stays with the ladder.
  expect(rows.map((row) => row !== null && 'confusion' in row)).toEqual([false, false, false]);
  expect(flips).toEqual([
    {
      run: later,
      wrongToRight: [
        { image: 2, relativePath: 'bright/1.png', label: 'bright', first: 'dark', later: 'bright' },
      ],
      rightToWrong: [{ image: 7, relativePath: 'dark/0.png', label: 'dark', first: 'dark', later: 'bright' }],
    },
  ]);
});

test('images that turned come in stretches: some with the comparison, the others when asked for', async () => {
  const { folder } = tiny.project;
  const first = await addRun('all wrong', predict({ 1: 1, 2: 1, 3: 1, 4: 1 }));
  const later = await addRun('all right', predict({ 1: 0, 2: 0, 3: 0, 4: 0 }));
  const asked = { project: folder, runs: [first, later], mostFlips: 1 };
  const { flips, comparisons } = await engine.request('compare.runs', asked);
  expect(comparisons[0]!.wrongToRight).toBe(4);
  expect(flips[0]!.wrongToRight.map(({ image }) => image)).toEqual([1]);
  const more = (turned: 'wrongToRight' | 'rightToWrong') =>
    engine.request('compare.flips', { project: folder, first, later, turned, offset: 1, limit: 2 });
  expect((await more('wrongToRight')).map(({ image }) => image)).toEqual([2, 3]);
  expect(await more('rightToWrong')).toEqual([]);
});

test('runs compared together say of each pair what they say of it alone', async () => {
  const first = await addRun('one', predict({ 1: 0, 2: 1, 3: 1, 4: 0, 5: 1, 7: 1, 8: 1, 9: 0 }));
  const same = await addRun(
    'on the same images',
    predict({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 7: 1, 8: 0, 9: 0 }),
  );
  const fewer = await addRun('on fewer', predict({ 1: 0, 2: 0, 3: 0, 4: 1, 7: 1 }));
  const { folder } = tiny.project;
  const compare = (runs: number[]) => engine.request('compare.runs', { project: folder, runs });
  const together = (await compare([first, same, fewer])).comparisons;
  const alone = [await compare([first, same]), await compare([first, fewer])];
  expect(together).toEqual(alone.flatMap(({ comparisons }) => comparisons));
});
