import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../../engine/contract/errors.ts';
import { DatasetState } from '../../../../renderer/screens/images/datasetState.svelte.ts';
import { createHandRequester } from '../../handRequester.ts';

async function open(splits: readonly { id: number }[]) {
  const { asked, place } = createHandRequester();
  const state = new DatasetState(place);
  void state.load();
  await asked[0]!.answer({ id: 7, splits });
  return { state, asked };
}

describe('a dataset', () => {
  test('shows its newest split, and the leaks once they are found', async () => {
    const { state, asked } = await open([{ id: 1 }, { id: 2 }]);
    expect(state.split?.id).toBe(2);
    expect(asked[1]).toMatchObject({ name: 'split.leaks', payload: { split: 2 } });
    expect(state.leaks).toBeNull();
    await asked[1]!.answer([{ imageId: 1 }]);
    expect(state.leaks).toHaveLength(1);
  });

  test('leaks of another split never stand for those of the one shown', async () => {
    const { state, asked } = await open([{ id: 1 }, { id: 2 }]);
    void state.chooseSplit(1);
    await asked[1]!.answer([{ imageId: 1 }]);
    expect(state.leaks).toBeNull();
    await asked[2]!.answer([]);
    expect(state.leaks).toEqual([]);
  });

  test('a new split is shown at once with its leaks, without asking again', async () => {
    const { state, asked } = await open([{ id: 1 }]);
    await asked[1]!.answer([]);
    state.takeSplit({ id: 5 } as never, [{ imageId: 9 } as never]);
    expect([state.split?.id, state.leaks?.length, asked.length]).toEqual([5, 1, 2]);
  });

  test('without a split there are no leaks to look for', async () => {
    const { state, asked } = await open([]);
    expect([state.split, state.leaks, asked.length]).toEqual([null, null, 1]);
  });

  test('looking for look-alikes is asked once, and again after a failure', async () => {
    const { state, asked } = await open([]);
    void state.loadDuplicates();
    void state.loadDuplicates();
    expect(asked).toHaveLength(2);
    await asked[1]!.refuse(new EngineError('engine.lost', 'gone'));
    expect(state.duplicatesError?.code).toBe('engine.lost');
    void state.loadDuplicates();
    await asked[2]!.answer({ exactSets: [], nearPairs: [] });
    expect([state.duplicatesError, state.duplicates?.exactSets]).toEqual([null, []]);
  });

  test('one that cannot be read says why', async () => {
    const { asked, place } = createHandRequester();
    const state = new DatasetState(place);
    void state.load();
    await asked[0]!.refuse(new EngineError('dataset.notFound', 'no such'));
    expect([state.error?.code, state.details]).toEqual(['dataset.notFound', null]);
  });
});
