// What an engine and a task process say to each other. Plain data.
import type { EngineEventName, EngineEvents, RequestResults } from '../../contract/contract.ts';
import type { SerializedError } from '../../contract/errors.ts';
import type { RequestName, RequestPayload } from '../../contract/requests.ts';

/** To the task process. */
export type TaskOrder =
  | {
      readonly kind: 'start';
      readonly name: RequestName;
      readonly payload: RequestPayload<RequestName>;
      /** Where the app keeps its own data. */
      readonly dataFolder: string;
      /** Where it may put what goes with it, however it ends. */
      readonly temporaryFolder: string;
    }
  | { readonly kind: 'cancel' };

/** From the task process. */
export type TaskReply =
  | {
      readonly kind: 'event';
      readonly name: EngineEventName;
      readonly event: EngineEvents[EngineEventName];
    }
  | { readonly kind: 'result'; readonly result: RequestResults[RequestName] }
  | { readonly kind: 'error'; readonly error: SerializedError };
