// What a state class that asks about one thing needs of the engine: requests, nothing else. A test hands in its own.
import type { EngineClient } from '../bridge/engineClient.svelte.ts';
import { EngineError } from '../../engine/contract/errors.ts';

export type Requester = Pick<EngineClient, 'request'>;

/** A dataset's place: the engine, the project's folder, the dataset's number. */
export interface DatasetPlace {
  readonly client: Requester;
  readonly project: string;
  readonly dataset: number;
}

/** True for what was given up on purpose: no news for anyone. */
export function isCancelled(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'cancelled';
}
