// Whether this machine has a GPU that onnxruntime can use through WebGPU. It is asked by using one: drivers promise much.
import { listSupportedBackends } from 'onnxruntime-node';
import { EngineError, messageOf } from '../contract/errors.ts';
import { copiesTruly } from './webgpuLoss.ts';
import { WebgpuMemory } from './webgpuMemory.ts';
import { createWebgpuSession } from './webgpuSession.ts';

export interface WebgpuObstacle {
  readonly reason: string;
  readonly remedy?: string;
}

const remedies: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'Install the graphics driver and the Vulkan loader (on Debian and Ubuntu: libvulkan1).',
  win32: 'Install the current driver from the maker of the graphics card.',
};

let asked: Promise<WebgpuObstacle | undefined> | undefined;

/**
 * Why WebGPU cannot be used here, or undefined where it can. Asked once a process. It loads the graphics driver, which
 * may write to standard error, and a broken one may end the process.
 */
export function findWebgpuObstacle(): Promise<WebgpuObstacle | undefined> {
  asked ??= ask();
  return asked;
}

async function ask(): Promise<WebgpuObstacle | undefined> {
  if (!listSupportedBackends().some(({ name }) => name === 'webgpu')) {
    return { reason: `onnxruntime has no WebGPU for ${process.platform} on ${process.arch}` };
  }
  const memory = new WebgpuMemory((model, outputs, readOutputs) =>
    createWebgpuSession(model, outputs, { readOutputs }),
  );
  try {
    if (await copiesTruly(memory)) return undefined;
    return { reason: 'the GPU does not hand back the numbers it is given' };
  } catch (cause) {
    const remedy = remedies[process.platform];
    const isAbsent = cause instanceof EngineError && cause.code === 'executor.unavailable';
    const reason = isAbsent ? 'no GPU with a driver that WebGPU can use was found' : messageOf(cause);
    return remedy === undefined ? { reason } : { reason, remedy };
  } finally {
    await memory.dispose();
  }
}
