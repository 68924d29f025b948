// Large pictures are decoded one at a time, whatever the number of workers: that bounds the memory of an import.
import { maxDecodeSeconds } from './setAside.ts';

/** Pictures with more pixels than this wait for their turn. */
export const largePixels = 16_000_000;

/** Shared by all workers of an import: one flag, 1 while somebody decodes a large picture. */
export type LargeImageTurn = Int32Array<SharedArrayBuffer>;

export function createLargeImageTurn(): LargeImageTurn {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Runs `decode` when no other worker decodes a large picture. */
export async function takeTurn<T>(turn: LargeImageTurn, decode: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + 2000 * maxDecodeSeconds;
  while (Atomics.compareExchange(turn, 0, 0, 1) !== 0) {
    // A worker that died in its turn never ends it: after a while the others go on.
    if (performance.now() > deadlineMs) break;
    await Atomics.waitAsync(turn, 0, 1, 1000).value;
  }
  try {
    return await decode();
  } finally {
    Atomics.store(turn, 0, 0);
    Atomics.notify(turn, 0);
  }
}
