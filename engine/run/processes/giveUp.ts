// Giving up: how long work learns that nobody wants its result any more.
import { EngineError } from '../../contract/errors.ts';

/** The error that a request ends with when its caller gave up. */
export function cancelledError(): EngineError {
  return new EngineError('cancelled', 'Given up, as asked.');
}

/** Call it between pieces of work. Throws cancelled once the signal is aborted. */
export function assertWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError();
}
