// Short messages that float: something was done (with the way back), or failed where no place on the screen is nearer.
export interface Toast {
  readonly id: number;
  readonly tone: 'plain' | 'good' | 'caution' | 'bad';
  readonly message: string;
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
    this.list = [...this.list, { ...toast, id }];
    // A failure stays until it has been read.
    if (toast.tone !== 'bad') setTimeout(() => this.dismiss(id), toast.action ? shownWithActionMs : shownMs);
    return id;
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
