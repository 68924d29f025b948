// Lets a few pieces of work run at the same time; the others wait in order, and leave where nobody wants them any more.
import { EngineError } from '../contract/errors.ts';

export class Turns {
  /** Pieces of work that run at the same time. */
  readonly count: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.count = count;
  }

  /** Runs the work when it is its turn. Rejects with cancelled where the caller has given up by then. */
  async take<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      if (signal?.aborted) throw new EngineError('cancelled', 'Nobody waits for this any more.');
      return await work();
    } finally {
      // The turn goes to who waits longest, if anybody does.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
