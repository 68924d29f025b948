// What this machine can compute with: every executor, its measured speed, and which one new runs use.
import type { DeviceInfo } from '../../engine/contract/answers.ts';
import { EngineError } from '../../engine/contract/errors.ts';
import type { EngineClient } from '../bridge/engineClient.svelte.ts';

export class ComputeState {
  devices = $state.raw<readonly DeviceInfo[] | null>(null);
  error = $state.raw<EngineError | null>(null);
  /** The executor that is being measured. */
  measuring = $state<string | null>(null);
  isRefreshing = $state(false);
  readonly fastest = $derived(
    Math.max(0, ...(this.devices ?? []).map(({ measured }) => measured?.imagesPerSecond ?? 0)),
  );
  readonly #client: EngineClient;
  #abort: AbortController | null = null;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Asks the engine what there is; with `refresh` it asks every device anew, up to ten seconds. */
  async load(refresh = false): Promise<void> {
    this.isRefreshing = refresh;
    try {
      this.devices = await this.#client.request('device.list', refresh ? { refresh } : {});
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    } finally {
      this.isRefreshing = false;
    }
  }

  /** Times real training steps; rejects with what went wrong, cancelling excepted. */
  async measure(executor: string): Promise<void> {
    this.measuring = executor;
    this.#abort = new AbortController();
    try {
      const { signal } = this.#abort;
      await this.#client.request('device.measure', { executor }, { signal });
      // Which one is the fastest may have changed with it.
      await this.load();
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'cancelled')) throw error;
    } finally {
      this.measuring = null;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }
}
