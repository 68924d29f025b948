// Sessions on onnxruntime's WebGPU provider: every node on the device or an error, results where they are asked for.
import * as ort from 'onnxruntime-node';
import { EngineError, messageOf } from '../contract/errors.ts';
import { executorFailed, type SessionOptions } from './ortSession.ts';

export interface WebgpuSessionOptions extends SessionOptions {
  /** Results that are copied to the memory of the process; all others stay on the device. */
  readonly readOutputs: readonly string[];
  /** What else onnxruntime lets one choose about its provider; for measuring. */
  readonly provider?: Omit<ort.InferenceSession.WebGpuExecutionProviderOption, 'name'>;
}

/**
 * Buffers are kept by exact size from call to call. The default sorts them into buckets and makes the largest anew each
 * time, which was measured to take up to half of a step.
 */
const providerDefaults = { storageBufferCacheMode: 'simple' } as const;

/**
 * A session for an ONNX model, wholly on the GPU. Throws `executor.unavailable` where there is no adapter,
 * `executor.failed` where a node would run on the CPU (see webgpuPlacement.ts), or otherwise.
 */
export async function createWebgpuSession(
  model: Uint8Array,
  outputs: readonly string[],
  options: WebgpuSessionOptions,
): Promise<ort.InferenceSession> {
  const read = new Set(options.readOutputs);
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [{ name: 'webgpu', ...providerDefaults, ...options.provider }],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      // Nothing is computed there, but each idle thread of a pool would spin.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      extra: { session: { disable_cpu_ep_fallback: '1' } },
      preferredOutputLocation: Object.fromEntries(
        outputs.map((name) => [name, read.has(name) ? 'cpu' : 'gpu-buffer'] as const),
      ),
      logSeverityLevel: 3,
      ...(options.profilePrefix === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    });
  } catch (cause) {
    throw sessionRefused(cause);
  }
}

function sessionRefused(cause: unknown): EngineError {
  const reason = messageOf(cause);
  if (!/WebGPU adapter|WebGPU device|is unsupported: 'webgpu'/.test(reason)) {
    return executorFailed('create session', cause);
  }
  return new EngineError('executor.unavailable', `onnxruntime found no GPU that it can use: ${reason}`, {
    cause,
  });
}
