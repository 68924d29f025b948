import { describe, expect, test } from 'vitest';
import { measureSpread } from '../../../engine/probe/spread.ts';
import {
  chanceDifference,
  judgeHealth,
  judgeLearning,
  type LearningFacts,
  type Look,
} from '../../../renderer/screens/run/learning.ts';

const look = (step: number, knn: number | null, change: Partial<Look> = {}): Look => ({
  step,
  knn,
  rankMe: 40,
  effectiveRank: 20,
  meanStd: 0.3,
  ...change,
});
const judge = (change: Partial<LearningFacts>) =>
  judgeLearning({
    state: 'running',
    looks: [],
    randomKnn: 0.51,
    images: 300,
    health: null,
    step: 50,
    totalSteps: 100,
    stepsPerEpoch: 10,
    lookEverySteps: 20,
    ...change,
  });

describe('is it learning', () => {
  test('a run that is paused has not ended', () => {
    expect(judge({ looks: [look(0, 0.51)], step: 25, state: 'paused' })).toMatchObject({
      sentence: 'Too early to say.',
      detail: 'Random weights name 51 % of the images rightly. The next look at the features is in epoch 4.',
    });
    expect(judge({ looks: [look(0, 0.51)], step: 25, state: 'stopped' }).sentence).toMatch(/^It ended/);
  });

  test('a difference beyond chance is learning, with both numbers', () => {
    expect(judge({ looks: [look(0, 0.51), look(40, 0.68)] })).toMatchObject({
      sentence: 'Learning: kNN 68 %, random weights 51 %.',
      tone: 'good',
    });
  });

  test('a difference that may be chance on so few images is said to be', () => {
    const finding = judge({ looks: [look(40, 0.58)], images: 50 });
    expect(finding.sentence).toBe('Perhaps learning: kNN 58 %, random weights 51 %.');
    expect(finding.detail).toContain('chance on 50 validation images');
    expect(judge({ looks: [look(40, 0.58)], images: 2000 }).tone).toBe('good');
  });

  test('no better than random weights is said plainly', () => {
    expect(judge({ looks: [look(40, 0.51)] })).toMatchObject({
      sentence: 'Not yet better than random weights: kNN 51 %, random weights 51 %.',
      tone: 'caution',
    });
    expect(judge({ looks: [look(40, 0.5)], state: 'finished' }).sentence).toBe(
      'Not better than random weights: kNN 50 %, random weights 51 %.',
    );
    expect(judge({ looks: [look(40, 1)], randomKnn: 1 }).sentence).toMatch(/^Nothing left to learn/);
  });

  test('features that were clearly better before are worse than they were', () => {
    const finding = judge({ looks: [look(20, 0.85), look(40, 0.65)] });
    expect(finding.sentence).toBe('Worse than it was: kNN 65 %, and 85 % in epoch 2.');
    expect(judge({ looks: [look(20, 0.69), look(40, 0.65)] }).tone).toBe('good');
  });

  test('before the first comparison it says when there will be one', () => {
    const finding = judge({ looks: [look(0, 0.51)], step: 25 });
    expect(finding.sentence).toBe('Too early to say.');
    expect(finding.detail).toBe(
      'Random weights name 51 % of the images rightly. The next look at the features is in epoch 4.',
    );
    expect(judge({ state: 'queued', step: 0 }).sentence).toBe('Not started yet.');
    expect(judge({ state: 'stopped' }).sentence).toBe('It ended before the features were compared.');
  });

  test('without labels, and without looks, it does not pretend to know', () => {
    expect(judge({ looks: [look(0, null), look(40, null)], randomKnn: null }).sentence).toMatch(
      /Without labels/,
    );
    expect(judge({ lookEverySteps: 0 }).sentence).toMatch(/takes no looks/);
  });

  test('a run that failed says so first, and what was last known', () => {
    expect(judge({ state: 'failed', looks: [look(40, 0.9)], step: 1234 })).toEqual({
      sentence: 'Training failed at step 1,234.',
      detail: 'The last look before: kNN 90 %, random weights 51 %.',
      tone: 'bad',
    });
    expect(judge({ state: 'finished', looks: [look(40, 0.9)] }).sentence).toMatch(/^It learned: /);
  });

  test('a collapse outweighs any kNN', () => {
    const health = { kind: 'collapsed', words: '', tone: 'bad' } as const;
    expect(judge({ looks: [look(40, 0.9)], health })).toMatchObject({ tone: 'bad' });
  });

  test('chance shrinks with the root of the images', () => {
    expect(chanceDifference(0.5, 0.5, 400)).toBeCloseTo(chanceDifference(0.5, 0.5, 100) / 2);
  });
});

describe('health in words', () => {
  const of = { dimensions: 128, images: 300, share: 0.5 };

  /** Features [300, 128] that lie along so many directions, with a common mean. */
  function spreadAlong(directions: number, size: number) {
    const features = new Float32Array(300 * 128);
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 128; j++) {
        const value = j < directions ? Math.sin(1 + i * (j + 1) * 1.7) * size : 0;
        features[i * 128 + j] = value + 0.05 * size;
      }
    }
    return measureSpread(features, 128);
  }

  test.each([
    [100, 1],
    [3, 1],
    [1, 1],
    [100, 1e-5],
  ])('agrees with the engine’s meter on %i directions of size %d', (directions, size) => {
    const { health, rankMe, effectiveRank, meanStd } = spreadAlong(directions, size);
    const looks = [
      look(0, null, { effectiveRank: 1000 }),
      look(50, null, { rankMe, effectiveRank, meanStd }),
    ];
    expect(judgeHealth(looks, of)!.kind).toBe(health);
  });

  test('says how many directions of how many', () => {
    expect(judgeHealth([look(50, null, { rankMe: 41.2 })], of)!.words).toBe(
      'Features spread over 41 of 128 directions: healthy.',
    );
  });

  test('a narrow start, or images that are alike to random weights too, is no collapse', () => {
    const flat = { rankMe: 1.5, meanStd: 0.1, effectiveRank: 1.2 };
    const looks = [look(0, null), look(5, null, flat)];
    expect(judgeHealth(looks, { ...of, share: 0.05 })!.kind).toBe('narrow');
    expect(judgeHealth(looks, of)!.kind).toBe('collapsed');
    expect(judgeHealth([look(0, null, flat), look(50, null, flat)], of)!.kind).toBe('narrow');
  });

  test('nothing is said before anything was measured', () => {
    expect(judgeHealth([], of)).toBeNull();
  });
});
