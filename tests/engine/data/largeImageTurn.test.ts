import { expect, test } from 'vitest';
import { createLargeImageTurn, takeTurn } from '../../../engine/data/largeImageTurn.ts';

test('large images are decoded one at a time, also after one has failed', async () => {
  const turn = createLargeImageTurn();
  let running = 0;
  let most = 0;
  const decode = async (number: number): Promise<number> => {
    running++;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    if (number === 1) throw new Error('damaged');
    return number;
  };
  const results = await Promise.allSettled(
    [0, 1, 2, 3].map((number) => takeTurn(turn, () => decode(number))),
  );
  expect(most).toBe(1);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
});
