// Whether this machine has what TensorFlow 2.9's GPU build needs: an NVIDIA GPU, its driver, CUDA 11.2 and cuDNN 8. Said in
// sentences before hundreds of megabytes are fetched. Reads and asks; changes nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface NvidiaGpu {
  readonly name: string;
  readonly driver: string;
  /** e.g. 8.6; undefined where the driver does not tell. */
  readonly computeCapability: number | undefined;
}

/** Runs a program and gives what it prints; undefined where it is not there or fails. */
export type Ask = (program: string, argumentList: readonly string[]) => string | undefined;

export interface CudaSystem {
  readonly platform: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ask: Ask;
  readonly exists: (path: string) => boolean;
}

const ask: Ask = (program, argumentList) => {
  const { status, stdout } = spawnSync(program, argumentList, { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stdout : undefined;
};

export const thisCudaSystem: CudaSystem = {
  platform: process.platform,
  env: process.env,
  ask,
  exists: existsSync,
};

/** The oldest drivers that run programs made for CUDA 11.2. */
const oldestDriver: Readonly<Record<string, string>> = { linux: '450.80.02', win32: '452.39' };
/** TensorFlow 2.9 holds code for GPUs from this one (Kepler) on … */
const oldestCapability = 3.5;
/** … up to this one; newer ones must compile it at the first start, and CUDA 11.2 knows nothing of them. */
const newestCapability = 8.6;

const libraryNames: Readonly<Record<string, readonly string[]>> = {
  linux: [
    'libcudart.so.11.0',
    'libcublas.so.11',
    'libcublasLt.so.11',
    'libcufft.so.10',
    'libcurand.so.10',
    'libcusolver.so.11',
    'libcusparse.so.11',
    'libcudnn.so.8',
  ],
  win32: ['cudart64_110.dll', 'cublas64_11.dll', 'cufft64_10.dll', 'cusparse64_11.dll', 'cudnn64_8.dll'],
};

/** The lines of nvidia-smi, `name, driver, capability`. */
export function parseGpus(lines: string): NvidiaGpu[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length >= 2 && fields[0] !== '')
    .map(([name, driver, capability]) => {
      const value = Number(capability);
      return {
        name: name!,
        driver: driver!,
        computeCapability: capability !== undefined && Number.isFinite(value) ? value : undefined,
      };
    });
}

function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  const index = right!.findIndex((part, place) => (left![place] ?? 0) !== part);
  return index >= 0 && (left![index] ?? 0) < right![index]!;
}

/** undefined where nvidia-smi is not there: there is no driver, and so no GPU that could be used. */
function listGpus({ ask: askProgram }: CudaSystem): NvidiaGpu[] | undefined {
  const query = (fields: string) =>
    askProgram('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader']);
  const lines = query('name,driver_version,compute_cap') ?? query('name,driver_version');
  return lines === undefined ? undefined : parseGpus(lines);
}

function listMissingLibraries({ platform, env, ask: askProgram, exists }: CudaSystem): string[] {
  const variable = platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH';
  const folders = (env[variable] ?? '').split(delimiter).filter((folder) => folder !== '');
  const known =
    platform === 'linux' ? (askProgram('ldconfig', ['-p']) ?? askProgram('/sbin/ldconfig', ['-p'])) : '';
  return (libraryNames[platform] ?? []).filter(
    (name) => !known?.includes(`${name} `) && !folders.some((folder) => exists(join(folder, name))),
  );
}

export interface CudaFindings {
  /** Why TensorFlow would compute on the CPU, and what to do about it; each a sentence. */
  readonly obstacles: readonly string[];
  /** What may go wrong although it may also work. */
  readonly warnings: readonly string[];
}

/** What TensorFlow 2.9's GPU build would meet on this machine. */
export function checkCuda(system: CudaSystem = thisCudaSystem): CudaFindings {
  const gpus = listGpus(system);
  if (gpus === undefined || gpus.length === 0) {
    const obstacle =
      'No NVIDIA GPU answers (nvidia-smi): install NVIDIA’s driver if there is one. AMD, Intel and Apple GPUs are for the WebGPU executor.';
    return { obstacles: [obstacle], warnings: [] };
  }
  const needed = oldestDriver[system.platform];
  const old = gpus.find(({ driver }) => needed !== undefined && isOlder(driver, needed));
  const weak = gpus.filter(({ computeCapability = 9 }) => computeCapability < oldestCapability);
  const missing = listMissingLibraries(system);
  const obstacles = [
    ...(old ? [`The driver ${old.driver} is too old for CUDA 11.2: ${needed} or newer is needed.`] : []),
    ...(weak.length === gpus.length
      ? [`${weak[0]!.name} is older than TensorFlow 2.9 supports (compute capability ${oldestCapability}).`]
      : []),
    ...(missing.length > 0
      ? [
          `CUDA 11.2 or cuDNN 8.1 is not where the system looks for libraries (${missing.join(', ')}): install both, and name their folder in ${system.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'}.`,
        ]
      : []),
  ];
  const warnings = gpus
    .filter(({ computeCapability = 0 }) => computeCapability > newestCapability)
    .map(
      ({ name }) =>
        `${name} is newer than CUDA 11.2: the first start can take many minutes, and it may not work. A newer TensorFlow may serve it (--libtensorflow, docs/tensorflow.md).`,
    );
  return { obstacles, warnings };
}
