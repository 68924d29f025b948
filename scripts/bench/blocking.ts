// How long work keeps one thread from anything else: what a person feels as a window that does not answer.
import { performance } from 'node:perf_hooks';

export interface Blocking {
  /** From the question to its answer. */
  readonly wallMs: number;
  /** Processor time of this process. */
  readonly cpuMs: number;
  /** The longest time in which nothing else got its turn. */
  readonly longestMs: number;
}

/** Runs work while looking beside it how often others get their turn. */
export async function measureBlocking<T>(work: () => Promise<T>): Promise<{ result: T; blocking: Blocking }> {
  let longestMs = 0;
  let lastMs = performance.now();
  const look = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  await new Promise(setImmediate);
  const startMs = performance.now();
  lastMs = startMs;
  const started = process.cpuUsage();
  const watching = setInterval(look, 1);
  try {
    const result = await work();
    const wallMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(started);
    // The work's last stretch ends before the watch gets its turn.
    look();
    return { result, blocking: { wallMs, cpuMs: (user + system) / 1000, longestMs } };
  } finally {
    clearInterval(watching);
  }
}
