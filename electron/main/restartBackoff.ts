// How long to wait before the engine is started again after it ended by itself.

const firstWaitMs = 250;
const longestWaitMs = 30_000;
/** Having worked this long, an engine counts as well: the next failure starts from the beginning. */
const steadyMs = 60_000;

export class RestartBackoff {
  #failures = 0;

  /** @param livedMs how long the engine lived before it ended. */
  nextWaitMs(livedMs: number): number {
    if (livedMs >= steadyMs) this.#failures = 0;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures);
    this.#failures += 1;
    return wait;
  }
}
