// Keeps what a utility process writes to its standard streams in a file.
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** So long, what an ended process wrote may still be on its way. */
const restLimitMs = 1_000;

export interface WorkerLog {
  /** Resolves when all that the process wrote lies in the file. Called while `exit` is told, and at no other time. */
  finish(): Promise<void>;
}

export function keepLog(streams: readonly (Readable | null)[], file: string): WorkerLog {
  const log = createWriteStream(file);
  // A log that cannot be written is no reason to stop a run.
  log.on('error', () => undefined);
  const open = streams.filter((stream) => stream !== null);
  const write = (chunk: Buffer) => void log.write(chunk);
  for (const stream of open) stream.on('data', write);

  async function readRest(stream: Readable): Promise<void> {
    if (stream.readableEnded) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.on('data', write);
    stream.once('end', resolve);
    stream.resume();
    const timer = setTimeout(resolve, restLimitMs);
    await promise;
    clearTimeout(timer);
  }

  return {
    async finish() {
      // Electron takes every listener off once `exit` was told, though there may be more to read.
      for (const stream of open) stream.pause().removeAllListeners();
      await Promise.resolve();
      await Promise.all(open.map(readRest));
      const { promise, resolve } = Promise.withResolvers<void>();
      log.once('close', resolve);
      log.once('error', () => resolve());
      if (log.closed) resolve();
      log.end();
      await promise;
    },
  };
}
