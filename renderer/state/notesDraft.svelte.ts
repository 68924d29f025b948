// A text that saves itself a moment after the last key, and stays typed where saving fails.

export class NotesDraft {
  text = $state('');
  /** Whether what stands here is what is stored. */
  status = $state<'saved' | 'typing' | 'saving' | 'failed'>('saved');
  readonly #save: (text: string) => Promise<boolean>;
  readonly #restMs: number;
  #stored: string;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `save` answers whether the text was stored. */
  constructor(stored: string, save: (text: string) => Promise<boolean>, restMs = 800) {
    this.text = stored;
    this.#stored = stored;
    this.#save = save;
    this.#restMs = restMs;
  }

  type(text: string): void {
    this.text = text;
    this.status = 'typing';
    this.#clear();
    this.#timer = setTimeout(() => void this.flush(), this.#restMs);
  }

  /** What is stored changed elsewhere; it is taken unless something is being typed here. */
  notice(stored: string): void {
    if (this.status !== 'saved') return;
    this.#stored = stored;
    this.text = stored;
  }

  /** Saves now what has not been saved. */
  async flush(): Promise<void> {
    this.#clear();
    if (this.status === 'saved' || this.status === 'saving') return;
    const { text } = this;
    if (text !== this.#stored) {
      this.status = 'saving';
      const isStored = await this.#save(text);
      if (isStored) this.#stored = text;
      // More may have been typed meanwhile; then the timer saves that.
      if (this.status !== 'saving') return;
      this.status = isStored ? 'saved' : 'failed';
      return;
    }
    this.status = 'saved';
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
