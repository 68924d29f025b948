// Want of memory, by how it shows: an allocation that fails says so in many words, a system that has none left ends a process.
import { EngineError, messageOf } from '../../contract/errors.ts';

const words =
  /bad.?alloc|out.?of.?memory|allocation failed|failed to allocate|not enough memory|device.?lost.*memory|array buffer allocation/i;

/** Whether a text tells of an allocation that failed. */
export function tellsOfMemory(text: string): boolean {
  return words.test(text);
}

/** Whether an error tells of an allocation that failed, or was recognised as such before. */
export function isMemoryError(cause: unknown): boolean {
  if (cause instanceof EngineError && cause.details['isMemory'] === true) return true;
  return tellsOfMemory(messageOf(cause));
}

/**
 * Whether a process that nobody ended died for want of memory: `how` as ChildHandle.ended says it. The system ends one with
 * SIGKILL; an allocation that nobody caught, with SIGABRT and a word in the log.
 */
export function isMemoryEnd(how: string, log: string): boolean {
  return /SIGKILL|code 137/.test(how) || tellsOfMemory(how) || tellsOfMemory(log);
}
