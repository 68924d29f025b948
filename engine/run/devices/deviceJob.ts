// One order to a process that works on a device: a driver that hangs is left after a while, one that crashes takes only that
// process with it. Either becomes an error that says what happened and what to do.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskProgress } from '../../contract/contract.ts';
import { deserializeError, EngineError } from '../../contract/errors.ts';
import { findBundle, readLogEnd, type ProcessBundle, type SpawnProcess } from '../processes/childProcess.ts';
import { cancelledError } from '../processes/giveUp.ts';
import { isMemoryEnd } from '../processes/memoryEnd.ts';
import type { DeviceReply } from './deviceMessages.ts';

export interface DeviceJobOptions {
  readonly spawnProcess: SpawnProcess;
  /** Default: the device process. */
  readonly bundle?: ProcessBundle;
  /** It is ended after this long without a word. */
  readonly silenceMs: number;
  readonly onProgress?: (progress: TaskProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * What the process answers. Rejects with its own error; with executor.failed where it said nothing for `silenceMs` or died
 * (`details.remedy` is the one thing to do, `details.isMemory` whether memory ran out); and with cancelled.
 */
export async function runDeviceJob<Result>(order: unknown, options: DeviceJobOptions): Promise<Result> {
  const { spawnProcess, bundle = 'device', silenceMs, onProgress, signal } = options;
  if (signal?.aborted) throw cancelledError();
  const folder = mkdtempSync(join(tmpdir(), 'thimble-device-'));
  const logFile = join(folder, 'log');
  const child = spawnProcess({ file: findBundle(bundle), args: [], logFile, outlives: false });
  try {
    return await new Promise<Result>((resolve, reject) => {
      let silence = setTimeout(onSilence, silenceMs);
      const settle = (act: () => void) => {
        clearTimeout(silence);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      function onSilence() {
        settle(() => reject(silentError(silenceMs)));
      }
      function onAbort() {
        settle(() => reject(cancelledError()));
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      child.onMessage((message) => {
        const reply = message as DeviceReply<Result>;
        if (reply.kind === 'result') settle(() => resolve(reply.result));
        else if (reply.kind === 'error') settle(() => reject(deserializeError(reply.error)));
        else {
          clearTimeout(silence);
          silence = setTimeout(onSilence, silenceMs);
          onProgress?.(reply.progress);
        }
      });
      void child.ended.then((how) => settle(() => reject(diedError(how, readLogEnd(logFile)))));
      child.post(order);
    });
  } finally {
    // Not waited for: a process whose driver hangs may be beyond ending.
    child.kill();
    void child.ended.then(() => rm(folder, { recursive: true, force: true })).catch(() => undefined);
  }
}

function silentError(silenceMs: number): EngineError {
  return new EngineError(
    'executor.failed',
    `It did not answer in ${Math.round(silenceMs / 1000)} s; its driver hangs.`,
    { details: { remedy: 'Restart the computer; if it happens again, update the driver of this device.' } },
  );
}

function diedError(how: string, log: string): EngineError {
  if (isMemoryEnd(how, log)) {
    return new EngineError('executor.failed', `It ended for want of memory (${how}).`, {
      details: { how, log, isMemory: true, remedy: 'Close other programs, or train a smaller model.' },
    });
  }
  const isCrash = /^SIG|0xC0|code (-|3221)/.test(how);
  const why = isCrash ? `Its driver crashed (${how}).` : `Its process ended unexpectedly (${how}).`;
  const lastLine = log.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return new EngineError('executor.failed', [why, lastLine].filter(Boolean).join(' '), {
    details: { how, log, remedy: 'Update the driver of this device.' },
  });
}
