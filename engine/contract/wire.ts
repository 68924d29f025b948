// The messages between a front door and the engine, the same on every transport (MessagePort, WebSocket, in-process).
// Plain structured-clone data; a transport keeps their order.
import * as v from 'valibot';
import type { EngineEventName, EngineEvents, RequestResults } from './contract.ts';
import type { SerializedError } from './errors.ts';
import type { RequestName, RequestPayload } from './requests.ts';

/** Bump when a message changes its meaning; the two sides refuse to talk across versions. */
export const wireVersion = 1;

export type ClientMessage =
  | {
      readonly kind: 'request';
      /** Chosen by the client, rising; never used twice on one connection. */
      readonly id: number;
      readonly name: RequestName;
      readonly payload: RequestPayload<RequestName>;
    }
  /** The client no longer wants the answer. The request still answers, with `cancelled` unless it was done already. */
  | { readonly kind: 'cancel'; readonly id: number };

export type EngineMessage =
  /** First on every connection. `engine` changes whenever the engine was started anew. */
  | { readonly kind: 'hello'; readonly wire: number; readonly version: string; readonly engine: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: RequestResults[RequestName] }
  | { readonly kind: 'error'; readonly id: number | null; readonly error: SerializedError }
  | EngineEventMessage;

export type EngineEventMessage = {
  [Name in EngineEventName]: {
    readonly kind: 'event';
    /** The request it belongs to; null for what the engine says by itself. */
    readonly id: number | null;
    /** Folder of the project; null where it is about none. */
    readonly project: string | null;
    readonly name: Name;
    readonly event: EngineEvents[Name];
  };
}[EngineEventName];

const messageId = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What any client message must be before its payload is looked at. */
export const clientMessageSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('request'),
    id: messageId,
    name: v.pipe(v.string(), v.maxLength(64)),
    payload: v.unknown(),
  }),
  v.strictObject({ kind: v.literal('cancel'), id: messageId }),
]);
