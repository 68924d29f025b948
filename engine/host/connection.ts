// One client's connection: checks each message, hands requests to the engine, and answers under the request's id. One bad
// message gets one error and touches nothing else.
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { EmitEvent, EngineEventName, EngineEvents } from '../contract/contract.ts';
import { EngineError, serializeError, type SerializedError } from '../contract/errors.ts';
import type { RequestName, RequestPayload } from '../contract/requests.ts';
import {
  clientMessageSchema,
  type ClientMessage,
  type EngineEventMessage,
  type EngineMessage,
} from '../contract/wire.ts';
import type { Engine } from '../run/engine.ts';
import { assertPlainData } from './plainData.ts';
import type { Port } from './port.ts';

/** Requests of one connection that may be under way together. */
export const mostRequests = 256;

const longestErrorText = 2_000;
const mostProblems = 20;

export class Connection {
  readonly #engine: Pick<Engine, 'request'>;
  readonly #port: Port;
  readonly #underWay = new Map<number, AbortController>();
  #lastId = 0;
  #isOpen = true;

  constructor(engine: Pick<Engine, 'request'>, port: Port) {
    this.#engine = engine;
    this.#port = port;
  }

  /** Sends to the client; what cannot be sent is dropped, for the client is gone. */
  post(message: EngineMessage): void {
    if (!this.#isOpen) return;
    try {
      this.#port.post(message);
    } catch (cause) {
      if (message.kind === 'result') this.#postError(message.id, cause);
      else if (message.kind === 'error' && Object.keys(message.error.details).length > 0) {
        this.post({ ...message, error: { ...message.error, details: {} } });
      }
      // Anything else was news that can be missed; a client that is gone tells so by its port's close.
    }
  }

  /** Takes any message whatever. Never throws. */
  receive(message: unknown): void {
    if (!this.#isOpen) return;
    let id: number | null = null;
    try {
      assertPlainData(message);
      id = this.#claimId(message);
      const checked = parseMessage(message);
      if (checked.kind === 'cancel') this.#underWay.get(checked.id)?.abort();
      else this.#start(checked, id);
    } catch (cause) {
      this.#postError(id, cause);
    }
  }

  /** The client is gone: nobody waits for its requests any more. */
  close(): void {
    this.#isOpen = false;
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
  }

  /** The id that an answer may carry: a request's own, where it is new. Null for everything else. */
  #claimId(message: unknown): number | null {
    const { kind, id } = (message ?? {}) as { kind?: unknown; id?: unknown };
    if (kind !== 'request' || typeof id !== 'number' || !Number.isSafeInteger(id)) return null;
    if (id <= this.#lastId) return null;
    this.#lastId = id;
    return id;
  }

  #start(request: Extract<ClientMessage, { kind: 'request' }>, id: number | null): void {
    if (id === null) {
      throw new EngineError(
        'request.invalid',
        `message: a request's id must be larger than the one before (${this.#lastId}), got ${request.id}`,
        { details: { id: request.id } },
      );
    }
    if (this.#underWay.size >= mostRequests) {
      throw new EngineError(
        'request.invalid',
        `message: ${mostRequests} requests of this connection are under way; wait for answers before asking more`,
        { details: { id } },
      );
    }
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    void this.#answer(request, id, controller);
  }

  async #answer(
    { name, payload }: { name: RequestName; payload: unknown },
    id: number,
    { signal }: AbortController,
  ) {
    const project = projectOf(payload);
    const emit: EmitEvent = (event, data) => {
      if (this.#underWay.has(id)) this.post(eventMessage(id, project, event, data));
    };
    try {
      const result = await this.#engine.request(name, payload as RequestPayload<RequestName>, {
        emit,
        signal,
      });
      this.#underWay.delete(id);
      this.post({ kind: 'result', id, result });
    } catch (cause) {
      this.#underWay.delete(id);
      this.#postError(id, cause);
    }
  }

  #postError(id: number | null, cause: unknown): void {
    this.post({ kind: 'error', id, error: clipError(serializeError(cause)) });
  }
}

/** One event as it goes over the wire. */
export function eventMessage<Name extends EngineEventName>(
  id: number | null,
  project: string | null,
  name: Name,
  event: EngineEvents[Name],
): EngineEventMessage {
  return { kind: 'event', id, project, name, event } as EngineEventMessage;
}

function parseMessage(message: unknown): ClientMessage {
  const result = v.safeParse(clientMessageSchema, message);
  // The payload is checked by the engine, at its own door, by the request's name.
  if (result.success) return result.output as ClientMessage;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`);
  throw new EngineError('request.invalid', `message: ${problems.join('; ')}`, { details: { problems } });
}

/** The folder of the project that a request is about, as the engine writes it in events. */
function projectOf(payload: unknown): string | null {
  const { project } = (payload ?? {}) as { project?: unknown };
  return typeof project === 'string' && project !== '' ? resolve(project) : null;
}

/** An error repeats what it was given; that may be long. */
function clipError({ code, message, details }: SerializedError): SerializedError {
  const { problems } = details;
  const fewer = Array.isArray(problems)
    ? { ...details, problems: problems.slice(0, mostProblems).map((problem) => clipText(String(problem))) }
    : details;
  return { code, message: clipText(message), details: fewer };
}

function clipText(text: string): string {
  return text.length <= longestErrorText ? text : `${text.slice(0, longestErrorText)} …`;
}
