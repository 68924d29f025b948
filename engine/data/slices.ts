// Cuts long work on one thread into slices, between which other work gets its turn.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of one slice: short beside the tenth of a second in which an answer feels immediate. */
const sliceMs = 15;

export class Slices {
  #startMs = performance.now();

  /** Resolves at once while the slice lasts; after it, when others had their turn. Looking at the clock is not free. */
  async pause(): Promise<void> {
    if (performance.now() - this.#startMs < sliceMs) return;
    await nextTurn();
    this.#startMs = performance.now();
  }
}
