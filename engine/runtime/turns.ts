// One after the other: whoever asks waits until all who asked before are done.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `body` once all bodies given before have ended, however they ended. */
  take<Result>(body: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(body, body);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
