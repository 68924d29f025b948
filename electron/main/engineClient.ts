// The main process as a client of the engine: pictures for the window, and news of runs.
import type { RequestResults } from '../../engine/contract/contract.ts';
import { deserializeError, EngineError } from '../../engine/contract/errors.ts';
import type { RequestName, RequestPayload } from '../../engine/contract/requests.ts';
import type { ClientMessage, EngineEventMessage, EngineMessage } from '../../engine/contract/wire.ts';

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: EngineError) => void;
}

export class EngineClient {
  readonly #post: (message: ClientMessage) => void;
  readonly #onEvent: (message: EngineEventMessage) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isClosed = false;

  constructor(post: (message: ClientMessage) => void, onEvent: (message: EngineEventMessage) => void) {
    this.#post = post;
    this.#onEvent = onEvent;
  }

  /** Rejects with the engine's error, or engine.lost. */
  request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    signal?: AbortSignal,
  ): Promise<RequestResults[Name]> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new EngineError('engine.lost', `the engine is not there to answer ${name}`));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      signal?.addEventListener('abort', () => {
        if (this.#pending.has(id)) this.#post({ kind: 'cancel', id });
      });
      this.#post({ kind: 'request', id, name, payload });
    });
  }

  receive(message: EngineMessage): void {
    if (message.kind === 'event') this.#onEvent(message);
    if (message.kind !== 'result' && message.kind !== 'error') return;
    const pending = message.id === null ? undefined : this.#pending.get(message.id);
    if (message.id === null || !pending) return;
    this.#pending.delete(message.id);
    if (message.kind === 'result') pending.resolve(message.result as never);
    else pending.reject(deserializeError(message.error));
  }

  /** The engine has ended. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) {
      reject(new EngineError('engine.lost', 'the engine ended before it answered'));
    }
    this.#pending.clear();
  }
}
