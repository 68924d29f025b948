// What runs cost on this machine, as measured here: one measurement at a time, never a guess. A cost that has not been
// measured is unknown, and the interface says so.
import type { MeasuredCost } from '../../../engine/contract/cost.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { RunSettings } from './draft.ts';

export type CostState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'measuring'; readonly step: string; readonly share: number | null }
  | { readonly kind: 'measured'; readonly measured: MeasuredCost; readonly isFresh: boolean }
  | { readonly kind: 'failed'; readonly error: EngineError };

const unknown: CostState = { kind: 'unknown' };

interface Task {
  readonly key: string;
  readonly settings: RunSettings;
}

export class Costs {
  /** By whatever key the caller gave: a preset's name, or one of its own. */
  states = $state.raw<ReadonlyMap<string, CostState>>(new Map());
  /** What is being measured now. */
  current = $state.raw<string | null>(null);
  readonly #client: EngineClient;
  readonly #queue: Task[] = [];
  #abort: AbortController | null = null;
  /** Grows with each new set of images, so that answers about the old ones are dropped. */
  #generation = 0;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  of(key: string): CostState {
    return this.states.get(key) ?? unknown;
  }

  /** Forgets everything: the images or the device changed. */
  reset(): void {
    this.cancel();
    this.#generation += 1;
    this.states = new Map();
  }

  /** Forgets one key: its settings changed. A measurement of it that is under way is cancelled. */
  forget(key: string): void {
    if (this.current === key) this.#abort?.abort();
    this.#unqueue(key);
    this.#set(key, unknown);
  }

  /** Takes what was measured before, for all at once; answers which are still unknown, in the same order. */
  async recall(tasks: Readonly<Record<string, RunSettings>>): Promise<string[]> {
    const generation = this.#generation;
    const answers = await Promise.all(
      Object.entries(tasks).map(async ([key, settings]) => {
        const measured = await this.#client.request('run.forecast', settings).catch(() => null);
        return { key, measured };
      }),
    );
    if (generation !== this.#generation) return [];
    for (const { key, measured } of answers) {
      if (measured !== null) this.#set(key, { kind: 'measured', measured, isFresh: false });
    }
    return answers.filter(({ measured }) => measured === null).map(({ key }) => key);
  }

  /** Measures when those before it are done; resolves when this one is, whatever came of it. */
  measure(key: string, settings: RunSettings): void {
    this.#unqueue(key);
    this.#queue.push({ key, settings });
    if (this.current === key) return;
    this.#set(key, { kind: 'waiting' });
    if (this.current === null) void this.#work();
  }

  /** Ends what is being measured and forgets what waits. */
  cancel(): void {
    for (const { key } of this.#queue.splice(0)) this.#set(key, unknown);
    this.#abort?.abort();
  }

  async #work(): Promise<void> {
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      this.current = task.key;
      await this.#measureNow(task);
      this.current = null;
    }
  }

  async #measureNow({ key, settings }: Task): Promise<void> {
    const generation = this.#generation;
    const isOld = () => generation !== this.#generation;
    const abort = (this.#abort = new AbortController());
    this.#set(key, { kind: 'measuring', step: 'Starting', share: null });
    try {
      const measured = await this.#client.request('run.measure', settings, {
        signal: abort.signal,
        onEvent: (name, event) => {
          if (name !== 'task.progress' || isOld() || abort.signal.aborted) return;
          const { step, share } = event as { step: string; share: number | null };
          this.#set(key, { kind: 'measuring', step, share });
        },
      });
      if (!isOld()) this.#set(key, { kind: 'measured', measured, isFresh: true });
    } catch (error) {
      if (isOld()) return;
      const isCancelled =
        abort.signal.aborted || (error instanceof EngineError && error.code === 'cancelled');
      this.#set(key, isCancelled ? unknown : { kind: 'failed', error: error as EngineError });
    } finally {
      this.#abort = null;
    }
  }

  #unqueue(key: string): void {
    const at = this.#queue.findIndex((task) => task.key === key);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  #set(key: string, state: CostState): void {
    this.states = new Map(this.states).set(key, state);
  }
}
