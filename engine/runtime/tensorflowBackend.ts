// Loads TensorFlow's library into this process and registers it as a tfjs backend. Done when an executor first needs it,
// never earlier: a library that does not suit the machine can end the process.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError, messageOf } from '../contract/errors.ts';
import { allowNumericPadding } from './numericPadding.ts';
import { describeSetup, type TensorflowPlace } from './tensorflowPlace.ts';

/** The name under which tfjs-node's kernels are registered; they refuse any other. */
export const tensorflowBackendName = 'tensorflow';

const require = createRequire(import.meta.url);

/**
 * What TensorFlow reads from the environment when it is loaded; a person's own values stay. Its notes on instruction sets
 * are for developers; it would take all of a GPU's memory, which a desktop shares; and rounding products to ten bits (TF32)
 * is for no one to meet unasked.
 */
const environment: Readonly<Record<string, string>> = {
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  NVIDIA_TF32_OVERRIDE: '0',
};

function prepareEnvironment(threads: number | undefined): void {
  const wanted = threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: String(threads) };
  for (const [name, value] of Object.entries({ ...environment, ...wanted })) process.env[name] ??= value;
}

/** tfjs-node 4.22 calls these at every operation. Node 23 took the first away; the second warns before it goes. */
export function restoreNodeUtil(util: Record<string, unknown> = require('node:util')): void {
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}

function unavailable(reason: string, cause?: unknown): EngineError {
  const detail = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new EngineError('executor.unavailable', `TensorFlow: ${reason}${detail}`, { cause });
}

async function loadKernels() {
  try {
    const [{ NodeJSKernelBackend }] = await Promise.all([
      import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js'),
      import('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js'),
    ]);
    return NodeJSKernelBackend;
  } catch (cause) {
    throw unavailable('the package @tensorflow/tfjs-node-gpu is not there; npm install brings it', cause);
  }
}

/** Of what the binding exports, what is used here. */
interface TensorflowBinding {
  readonly TF_Version: string;
}

function loadBinding({ folder, note }: TensorflowPlace): TensorflowBinding {
  const path = join(folder, note.binding);
  try {
    return require(path) as TensorflowBinding;
  } catch (cause) {
    throw unavailable(`${path} does not load. ${describeSetup()}`, cause);
  }
}

export interface LoadedTensorflow {
  readonly device: 'cpu' | 'gpu';
  readonly libraryVersion: string;
}

/**
 * Makes the backend `tensorflow` known to tfjs, once a process. `threads` counts for one operation, and only the first
 * time. Throws `executor.unavailable`, also where setup saw a GPU that TensorFlow no longer sees.
 */
export async function loadTensorflow(place: TensorflowPlace, threads?: number): Promise<LoadedTensorflow> {
  restoreNodeUtil();
  prepareEnvironment(threads);
  const binding = loadBinding(place);
  const Backend = await loadKernels();
  const backend = new Backend(binding as never, '@tensorflow/tfjs-node-gpu');
  const device = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
  if (place.note.device === 'gpu' && device === 'cpu') {
    throw unavailable(
      'it was set up for a GPU and finds none now; is the driver there, and CUDA on its path?',
    );
  }
  if (tf.findBackend(tensorflowBackendName) === null) {
    allowNumericPadding(tensorflowBackendName);
    tf.registerBackend(tensorflowBackendName, () => backend as unknown as tf.KernelBackend);
  }
  return { device, libraryVersion: binding.TF_Version };
}
