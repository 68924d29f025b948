// Asks a question again and again while its subject changes, and keeps only the newest answer.

export interface LatestOptions<Subject, Answer> {
  /** How long the subject must rest before it is asked about, milliseconds. */
  readonly restMs: number;
  readonly ask: (subject: Subject, signal: AbortSignal) => Promise<Answer>;
  readonly onAnswer: (answer: Answer, subject: Subject) => void;
  /** Not called for questions that were given up. */
  readonly onError: (error: unknown, subject: Subject) => void;
}

export class Latest<Subject, Answer> {
  readonly #options: LatestOptions<Subject, Answer>;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #abort: AbortController | null = null;

  constructor(options: LatestOptions<Subject, Answer>) {
    this.#options = options;
  }

  /** Asks about this subject once it has rested; whatever was asked before is given up. */
  ask(subject: Subject, restMs = this.#options.restMs): void {
    this.stop();
    this.#timer = setTimeout(() => void this.#askNow(subject), restMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort?.abort();
    this.#abort = null;
  }

  async #askNow(subject: Subject): Promise<void> {
    const { ask, onAnswer, onError } = this.#options;
    const abort = (this.#abort = new AbortController());
    try {
      const answer = await ask(subject, abort.signal);
      if (!abort.signal.aborted) onAnswer(answer, subject);
    } catch (error) {
      if (!abort.signal.aborted) onError(error, subject);
    }
  }
}
