// What a request handler is, and what it may use.
import type { EmitEvent, RequestResults } from '../../contract/contract.ts';
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import type { Project } from '../../project/project.ts';

/** What a handler gets besides its payload. */
export interface HandlerCall {
  /** The project of that folder, opened once and kept open. Throws project.notFound, project.invalid, project.newer. */
  openProject(folder: string): Project;
  readonly emit: EmitEvent;
  /** Set when the caller gives up. */
  readonly signal: AbortSignal | undefined;
}

export type Handler<Name extends RequestName> = (
  payload: RequestPayload<Name>,
  call: HandlerCall,
) => Promise<RequestResults[Name]> | RequestResults[Name];

/** Handlers of some requests. */
export type HandlersOf<Names extends RequestName> = { readonly [Name in Names]: Handler<Name> };
