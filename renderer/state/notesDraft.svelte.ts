// A text that saves itself a moment after the last key, and stays typed where saving fails.

export class NotesDraft {
  text = $state('');
  /** Whether what stands here is what is stored. */
  status = $state<'saved' | 'typing' | 'saving' | 'failed'>('saved');
  readonly #save: (text: string) => Promise<boolean>;
  readonly #restMs: number;
  #stored: string;
  #isSaving = false;
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

  /** Saves now what has not been saved; one saving after the other, so that the last word is the one that stays. */
  async flush(): Promise<void> {
    this.#clear();
    if (this.#isSaving || this.status === 'saved') return;
    this.#isSaving = true;
    let isStored = true;
    // More may be typed while a text is being saved.
    while (isStored && this.text !== this.#stored) {
      const { text } = this;
      this.status = 'saving';
      isStored = await this.#save(text);
      if (isStored) this.#stored = text;
    }
    this.#isSaving = false;
    this.status = isStored ? 'saved' : 'failed';
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
