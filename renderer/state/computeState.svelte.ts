// What this machine can compute with: every executor, its measured speed, and which one new runs use.
import type { DeviceInfo } from '../../engine/contract/answers.ts';
import { EngineError } from '../../engine/contract/errors.ts';
import type { EngineClient } from '../bridge/engineClient.svelte.ts';

export class ComputeState {
  devices = $state.raw<readonly DeviceInfo[] | null>(null);
  error = $state.raw<EngineError | null>(null);
  /** The executor that is being measured. */
  measuring = $state<string | null>(null);
  readonly fastest = $derived(
    Math.max(0, ...(this.devices ?? []).map(({ measured }) => measured?.imagesPerSecond ?? 0)),
  );
  readonly #client: EngineClient;
  #abort: AbortController | null = null;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  async load(): Promise<void> {
    try {
      this.devices = await this.#client.request('device.list', {});
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    }
  }

  /** Times real training steps; rejects with what went wrong, cancelling excepted. */
  async measure(executor: string): Promise<void> {
    this.measuring = executor;
    this.#abort = new AbortController();
    try {
      const { signal } = this.#abort;
      const measured = await this.#client.request('device.measure', { executor }, { signal });
      this.devices = (this.devices ?? []).map((device) => (device.id === executor ? measured : device));
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
