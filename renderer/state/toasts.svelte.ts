// Short messages that float: something was done (with the way back), or failed where no place on the screen is nearer.
import { EngineError } from '../../engine/contract/errors.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'plain' | 'good' | 'caution' | 'bad';
  readonly message: string;
  /** What was being done: the next word on the same takes its place. */
  readonly about?: string;
  /** What was asked of the person, or the way back. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

const shownMs = 6_000;
/** With something to click, long enough to reach it. */
const shownWithActionMs = 12_000;

export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #nextId = 1;

  add(toast: Omit<Toast, 'id'>): number {
    const id = this.#nextId++;
    if (toast.about !== undefined) this.#settle(toast.about);
    this.list = [...this.list, { ...toast, id }];
    // A failure stays until it has been read.
    if (toast.tone !== 'bad') setTimeout(() => this.dismiss(id), toast.action ? shownWithActionMs : shownMs);
    return id;
  }

  /** Says that something failed, once: nothing where the person gave it up. */
  report(error: unknown, doing: string): void {
    if (error instanceof EngineError && error.code === 'cancelled') return;
    const message = error instanceof Error ? error.message : String(error);
    this.add({ tone: 'bad', message: `${doing}: ${message}`, about: doing });
  }

  /** Does something and reports where it fails (null then); where it works, an earlier failure of the same is history. */
  async attempt<Result>(doing: string, act: () => Promise<Result>): Promise<Result | null> {
    try {
      const result = await act();
      this.#settle(doing);
      return result;
    } catch (error) {
      this.report(error, doing);
      return null;
    }
  }

  #settle(about: string): void {
    if (this.list.some((toast) => toast.about === about))
      this.list = this.list.filter((toast) => toast.about !== about);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
