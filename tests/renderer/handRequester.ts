// An engine in the test's hands: it notes what was asked and answers when the test says so.
import { EngineError } from '../../engine/contract/errors.ts';
import type { EngineEventName } from '../../engine/contract/contract.ts';
import type { RequestOptions } from '../../renderer/bridge/engineClient.svelte.ts';
import type { Requester } from '../../renderer/state/requester.ts';

export interface Asked {
  readonly name: string;
  readonly payload: Record<string, unknown>;
  readonly signal: AbortSignal | undefined;
  answer(result: unknown): Promise<void>;
  refuse(error: EngineError): Promise<void>;
  say(name: EngineEventName, event: unknown): void;
}

/** Lets what waits on a settled promise run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

export function createHandRequester() {
  const asked: Asked[] = [];
  const request = (name: string, payload: Record<string, unknown>, options: RequestOptions = {}) =>
    new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(new EngineError('cancelled', 'cancelled')));
      asked.push({
        name,
        payload,
        signal: options.signal,
        answer: (result) => (resolve(result), settle()),
        refuse: (error) => (reject(error), settle()),
        say: (event, content) => options.onEvent?.(event, content as never),
      });
    });
  const client = { request } as unknown as Requester;
  return { asked, client, place: { client, project: '/p', dataset: 7 } };
}
