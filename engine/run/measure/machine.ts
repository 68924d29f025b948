// What this machine is called.
import { cpus } from 'node:os';

/** What a person calls this machine's processor. */
export function nameProcessor(): string {
  return cpus()[0]?.model.trim() || 'processor';
}

/** This machine, as far as it decides how fast things are. */
export function describeMachine(): string {
  return `${nameProcessor()} × ${cpus().length}`;
}

/** What a person calls an executor on this machine. */
export function nameDevice(executorLabel: string): string {
  return `${executorLabel}: ${nameProcessor()}`;
}
