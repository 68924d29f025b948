// Which files tfjs-node's own install would fetch for a system, and from where; nothing is fetched here. Systems for which
// there are none are refused with a sentence.
import { EngineError } from '../../engine/contract/errors.ts';
import { tensorflowPackageVersion } from '../../engine/runtime/tensorflowPlace.ts';

export type Variant = 'cpu' | 'gpu';

export interface System {
  readonly platform: string;
  readonly arch: string;
}

export interface Sources {
  /** TensorFlow's C library. */
  readonly library: string;
  /** The binding, made ready; undefined where there is none and it must be built here. */
  readonly binding: string | undefined;
}

/** The version of the library that tfjs-node 4.22 is made for, and whose GPU build needs CUDA 11.2 and cuDNN 8.1. */
export const libraryVersion = '2.9.1';

const defaultHost = 'https://storage.googleapis.com/';
/** The Node-API that the ready bindings are made for. */
const nodeApi = 8;
/** For these there is a library of another version, and no binding. */
const arm64Libraries: Readonly<Record<string, string>> = {
  darwin: 'tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz',
  linux: 'tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz',
};
const platformWords: Readonly<Record<string, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};

function refuse(sentence: string): never {
  throw new EngineError('executor.unavailable', sentence);
}

/** Throws `executor.unavailable` for a system that TensorFlow's library was never made for. */
export function assertSupported({ platform, arch }: System, variant: Variant): void {
  if (platform === 'darwin' && variant === 'gpu') {
    refuse(
      'TensorFlow’s library has no GPU build for macOS; Thimble’s WebGPU executor uses the GPU of a Mac.',
    );
  }
  if (platformWords[platform] === undefined || !['x64', 'arm64'].includes(arch)) {
    refuse(
      `TensorFlow’s library is not made for ${platform} on ${arch}; the compiled executor serves there.`,
    );
  }
  if (arch === 'arm64' && (platform === 'win32' || variant === 'gpu')) {
    const what = variant === 'gpu' ? 'its GPU build' : 'its library';
    refuse(`TensorFlow does not offer ${what} for ${platform} on arm64; the compiled executor serves there.`);
  }
}

/**
 * Addresses of what is needed. TFJS_NODE_CDN_STORAGE names another host with the same files, as for tfjs-node itself.
 * Throws `executor.unavailable` as assertSupported does.
 */
export function findSources(system: System, variant: Variant, env: NodeJS.ProcessEnv = process.env): Sources {
  assertSupported(system, variant);
  const host = (env['TFJS_NODE_CDN_STORAGE'] || defaultHost).replace(/\/?$/, '/');
  const word = platformWords[system.platform]!;
  if (system.arch === 'arm64')
    return { library: host + arm64Libraries[system.platform]!, binding: undefined };
  const ending = system.platform === 'win32' ? 'zip' : 'tar.gz';
  const name = `libtensorflow-${variant}-${word}-x86_64-${libraryVersion}.${ending}`;
  const ready = `${variant.toUpperCase()}-${word}-${tensorflowPackageVersion}.${ending}`;
  return {
    library: `${host}tensorflow/libtensorflow/${name}`,
    binding: `${host}tf-builds/pre-built-binary/napi-v${nodeApi}/${tensorflowPackageVersion}/${ready}`,
  };
}
