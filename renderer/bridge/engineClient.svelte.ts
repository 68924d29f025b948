// The engine as the interface sees it: typed requests, typed events, and whether it is there. A loss of the engine is no
// loss of what a person typed: questions are asked again when it is back, commands fail with `engine.lost`.
import type { EngineEventName, EngineEvents, RequestResults } from '../../engine/contract/contract.ts';
import { deserializeError, EngineError } from '../../engine/contract/errors.ts';
import type { RequestName, RequestPayload } from '../../engine/contract/requests.ts';
import { wireVersion, type ClientMessage, type EngineMessage } from '../../engine/contract/wire.ts';
import type { ConnectionState, Transport } from './transport.ts';

export interface RequestOptions {
  /** Aborting cancels the request in the engine; it then rejects with `cancelled`. */
  readonly signal?: AbortSignal;
  /** What the engine says about this request while it is under way. */
  readonly onEvent?: <Name extends EngineEventName>(name: Name, event: EngineEvents[Name]) => void;
}

interface Pending {
  readonly message: Extract<ClientMessage, { kind: 'request' }>;
  readonly isQuestion: boolean;
  readonly onEvent: RequestOptions['onEvent'];
  readonly resolve: (result: never) => void;
  readonly reject: (error: EngineError) => void;
}

type Listener = (event: never, project: string | null) => void;

/** Requests that change nothing, so that asking twice is the same as asking once. */
const question = /\.(show|list|leaks|metrics|render|preview|forecast|inspect|duplicates|plan|runs|flips)$/;

export class EngineClient {
  connection = $state<ConnectionState>('connecting');
  /** Version of the engine's program; null before the first hello. */
  version = $state<string | null>(null);
  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<EngineEventName, Set<Listener>>();
  readonly #returnListeners = new Set<() => void>();
  #nextId = 1;
  #wasGreeted = false;
  /** `connection`, but not watched: an effect that asks must not ask again because the connection changed. */
  #state: ConnectionState = 'connecting';

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onMessage((message) => this.#receive(message));
    transport.onState((state) => this.#changeState(state));
  }

  /** Rejects with an EngineError: what the engine said, `cancelled`, or `engine.lost`. */
  request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    { signal, onEvent }: RequestOptions = {},
  ): Promise<RequestResults[Name]> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new EngineError('cancelled', `${name} was cancelled`));
        return;
      }
      const id = this.#nextId++;
      // A copy without proxies: structured clone refuses Svelte's reactive state.
      const plain = $state.snapshot(payload) as RequestPayload<RequestName>;
      const message = { kind: 'request', id, name, payload: plain } as const;
      const isQuestion = question.test(name);
      if (this.#state === 'lost' && !isQuestion) {
        reject(new EngineError('engine.lost', `the engine is not there to answer ${name}`));
        return;
      }
      this.#pending.set(id, { message, isQuestion, onEvent, resolve: resolve as Pending['resolve'], reject });
      signal?.addEventListener('abort', () => this.#cancel(id), { once: true });
      if (this.#state === 'open') this.#transport.send(message);
    });
  }

  /** Calls the listener for every such event, about any project; returns how to stop. */
  on<Name extends EngineEventName>(
    name: Name,
    listener: (event: EngineEvents[Name], project: string | null) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener);
    return () => void listeners.delete(listener as Listener);
  }

  /**
   * Calls the listener whenever the connection stands again after a loss, to the same engine or to one that was started
   * anew: events were missed meanwhile, so what is shown has to be read again. Returns how to stop.
   */
  onReturn(listener: () => void): () => void {
    this.#returnListeners.add(listener);
    return () => void this.#returnListeners.delete(listener);
  }

  imageUrl(project: string, image: number, size: number): string {
    return this.#transport.imageUrl(project, image, size);
  }

  #cancel(id: number): void {
    if (!this.#pending.has(id)) return;
    if (this.#state === 'open') this.#transport.send({ kind: 'cancel', id });
    else {
      // No engine is there to say so; asking again later what nobody waits for would be work for nothing.
      const name = this.#pending.get(id)!.message.name;
      this.#take(id)?.reject(new EngineError('cancelled', `${name} was cancelled`));
    }
  }

  #receive(message: EngineMessage): void {
    switch (message.kind) {
      case 'hello':
        this.#greet(message);
        return;
      case 'result':
        this.#take(message.id)?.resolve(message.result as never);
        return;
      case 'error': {
        const error = deserializeError(message.error);
        if (message.id !== null) this.#take(message.id)?.reject(error);
        return;
      }
      case 'event': {
        if (message.id !== null) this.#pending.get(message.id)?.onEvent?.(message.name, message.event);
        const listeners = this.#listeners.get(message.name) ?? [];
        for (const listener of listeners) listener(message.event as never, message.project);
      }
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #greet({ wire, version }: Extract<EngineMessage, { kind: 'hello' }>): void {
    if (wire !== wireVersion) {
      // The page is older or newer than the engine that was started meanwhile: only loading it again helps.
      location.reload();
      return;
    }
    this.version = version;
    const isReturn = this.#wasGreeted;
    this.#wasGreeted = true;
    if (isReturn) for (const listener of this.#returnListeners) listener();
  }

  #changeState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.connection = state;
    if (state === 'open') {
      for (const { message } of this.#pending.values()) this.#transport.send(message);
      return;
    }
    for (const [id, pending] of this.#pending) {
      if (pending.isQuestion) continue;
      this.#pending.delete(id);
      const { name } = pending.message;
      pending.reject(new EngineError('engine.lost', `the engine ended before it answered ${name}`));
    }
  }
}
