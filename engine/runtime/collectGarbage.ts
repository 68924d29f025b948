// Frees unused arrays now instead of when V8 thinks of it: it does not see the memory that a session is about to take.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** A full collection; tens of milliseconds. What the caller's own frame still refers to stays. */
export async function collectGarbage(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // A turn of the event loop first: temporaries of the frames that led here are gone then.
  await new Promise(setImmediate);
  collect();
}
