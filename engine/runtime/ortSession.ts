// Starting onnxruntime sessions: options that were measured, and errors with a code.
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { EngineError, messageOf } from '../contract/errors.ts';

// onnxruntime would note what it is used for in the person's cache folder and send it to its makers. It looks here when the
// first session is made, not when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export interface SessionOptions {
  /** Threads that one operator may use; default: the physical cores this process may use. */
  readonly threads?: number;
  /** Lets onnxruntime plan all buffers of a call as one block: no faster when measured, half as much memory again. Default false. */
  readonly memoryPattern?: boolean;
  /** Lets idle threads wait for the next operator awake: faster alone, much slower beside other work. Default true. */
  readonly spinning?: boolean;
  /** Writes onnxruntime's profile to files that start with this path. */
  readonly profilePrefix?: string;
}

/** The physical cores this process may use. A second thread on a core makes matrix products slower. */
export function physicalCores(): number {
  const logical = availableParallelism();
  try {
    const active = readFileSync('/sys/devices/system/cpu/smt/active', 'utf8').trim() === '1';
    return active ? Math.max(1, Math.floor(logical / 2)) : logical;
  } catch {
    // Not Linux: assume two threads a core where there are many, as on most desktop machines.
    return logical > 4 ? Math.floor(logical / 2) : logical;
  }
}

/** A session for an ONNX model on the CPU. Throws `executor.failed` with onnxruntime's message. */
export async function createCpuSession(
  model: Uint8Array,
  options: SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      intraOpNumThreads: options.threads ?? physicalCores(),
      interOpNumThreads: 1,
      ...(options.spinning === false ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
      enableMemPattern: options.memoryPattern ?? false,
      logSeverityLevel: 3,
      ...(options.profilePrefix === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    });
  } catch (cause) {
    throw executorFailed('create session', cause);
  }
}

/** Wraps whatever onnxruntime threw. */
export function executorFailed(operation: string, cause: unknown): EngineError {
  const reason = messageOf(cause);
  return new EngineError('executor.failed', `onnxruntime: ${operation}: ${reason}`, { cause });
}
