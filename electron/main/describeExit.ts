// How a utility process ended, in the words that plain Node has for it: Electron tells a signal's number as an exit code.
import { constants } from 'node:os';

const signals = ['SIGABRT', 'SIGBUS', 'SIGILL', 'SIGKILL', 'SIGSEGV', 'SIGTRAP'] as const;
/** What Chromium ends a process with on Windows that cannot have the memory it asks for. */
const windowsOutOfMemory = 0xe0000008;

export function describeExit(code: number, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return code === windowsOutOfMemory ? 'out of memory' : `exit code ${code}`;
  // The engine's own programs end with 0 or 1. A memory image that was kept adds 128.
  const signal = signals.find((name) => constants.signals[name] === code % 128);
  return signal ?? `exit code ${code}`;
}
