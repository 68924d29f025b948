import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../../engine/contract/errors.ts';
import { DatasetDeeds } from '../../../../renderer/screens/images/datasetDeeds.svelte.ts';
import { createHandRequester } from '../../handRequester.ts';

describe('what is done to a dataset', () => {
  test('a deed that is refused says why, and the next one forgets it', async () => {
    const { asked, place } = createHandRequester();
    const deeds = new DatasetDeeds(place);
    const removing = deeds.remove();
    expect(deeds.isBusy).toBe(true);
    await asked[0]!.refuse(new EngineError('dataset.invalid', 'used by 2 run(s)'));
    expect([await removing, deeds.isBusy, deeds.error?.code]).toEqual([false, false, 'dataset.invalid']);
    void deeds.rename(' orchids ');
    expect(deeds.error).toBeNull();
    expect(asked[1]!.payload).toEqual({ project: '/p', dataset: 7, name: 'orchids' });
  });

  test('relinking follows the files and tells what was found', async () => {
    const { asked, place } = createHandRequester();
    const deeds = new DatasetDeeds(place);
    const relinking = deeds.relink('/new');
    const progress = { phase: 'reading', done: 5, total: 10, accepted: 5, quarantined: 0 };
    asked[0]!.say('import.progress', progress);
    expect(deeds.progress).toEqual(progress);
    await asked[0]!.answer({ found: 9, missing: ['a.png'] });
    expect([await relinking, deeds.relinked?.missing]).toEqual([true, ['a.png']]);
  });

  test('giving up is no error', async () => {
    const { place } = createHandRequester();
    const deeds = new DatasetDeeds(place);
    const relinking = deeds.relink('/new');
    deeds.cancel();
    expect([await relinking, deeds.error]).toEqual([false, null]);
  });
});
