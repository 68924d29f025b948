// What would be fetched for which system, and what a machine lacks for a GPU.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkCuda, parseGpus, type CudaSystem } from '../../../scripts/setupTensorflow/cuda.ts';
import { findSources } from '../../../scripts/setupTensorflow/sources.ts';
import { explainCrash } from '../../../scripts/setupTensorflow/tryTensorflow.ts';

const refused = (sentence: RegExp) =>
  expect.objectContaining({ code: 'executor.unavailable', message: expect.stringMatching(sentence) });

function catchError(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}

describe('sources', () => {
  test('are those of tfjs-node’s own install', () => {
    const { library, binding } = findSources({ platform: 'linux', arch: 'x64' }, 'gpu', {});
    expect(library).toBe(
      'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz',
    );
    expect(binding).toBe(
      'https://storage.googleapis.com/tf-builds/pre-built-binary/napi-v8/4.22.0/GPU-linux-4.22.0.tar.gz',
    );
    expect(findSources({ platform: 'win32', arch: 'x64' }, 'cpu', {}).library).toMatch(
      /cpu-windows-x86_64-2\.9\.1\.zip$/,
    );
  });

  test('have another host where one is named', () => {
    const env = { TFJS_NODE_CDN_STORAGE: 'http://mirror.test/files' };
    const { library, binding } = findSources({ platform: 'darwin', arch: 'x64' }, 'cpu', env);
    expect([library, binding].every((address) => address?.startsWith('http://mirror.test/files/t'))).toBe(
      true,
    );
  });

  test('hold no binding for arm64, where it is built', () => {
    const { library, binding } = findSources({ platform: 'darwin', arch: 'arm64' }, 'cpu', {});
    expect(library).toContain('darwin_arm64_cpu');
    expect(binding).toBeUndefined();
  });

  test.each([
    ['darwin', 'x64', 'gpu', /no GPU build for macOS.*WebGPU/],
    ['linux', 'arm64', 'gpu', /not offer its GPU build for linux on arm64/],
    ['win32', 'arm64', 'cpu', /not offer its library for win32 on arm64/],
    ['freebsd', 'x64', 'cpu', /not made for freebsd on x64/],
    ['linux', 'riscv64', 'cpu', /not made for linux on riscv64/],
  ] as const)('are refused for %s %s %s', (platform, arch, variant, sentence) => {
    expect(catchError(() => findSources({ platform, arch }, variant, {}))).toEqual(refused(sentence));
  });
});

const libraries = [
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
  'libcudnn.so.8',
];

/** A Linux machine whose nvidia-smi and ldconfig say these. */
function machine(
  gpus: string | undefined,
  cached: readonly string[],
  beside: readonly string[] = [],
): CudaSystem {
  return {
    platform: 'linux',
    env: { LD_LIBRARY_PATH: '/opt/cuda/lib' },
    ask: (program) => {
      if (program === 'nvidia-smi') return gpus;
      return cached.map((name) => `\t${name} (libc6,x86-64) => /usr/lib/${name}\n`).join('');
    },
    exists: (path) => beside.some((name) => path === join('/opt/cuda/lib', name)),
  };
}

describe('what TensorFlow 2.9 needs of a GPU machine', () => {
  test('is there', () => {
    const found = checkCuda(
      machine('NVIDIA RTX A4000, 535.104.05, 8.6', libraries.slice(0, 4), libraries.slice(4)),
    );
    expect(found).toEqual({ obstacles: [], warnings: [] });
  });

  test('no GPU, an old driver, an old GPU and missing libraries are each said', () => {
    expect(checkCuda(machine(undefined, libraries)).obstacles).toEqual([
      expect.stringContaining('No NVIDIA GPU'),
    ]);
    expect(checkCuda(machine('\n', libraries)).obstacles).toEqual([expect.stringContaining('No NVIDIA GPU')]);
    expect(checkCuda(machine('GTX 1080, 450.66, 6.1', libraries)).obstacles).toEqual([
      expect.stringMatching(/450\.66 is too old.*450\.80\.02/),
    ]);
    expect(checkCuda(machine('GTX 680, 470.10, 3.0', libraries)).obstacles).toEqual([
      expect.stringContaining('GTX 680 is older'),
    ]);
    const without = checkCuda(machine('T4, 470.57.02, 7.5', libraries.slice(0, -1))).obstacles;
    expect(without).toEqual([expect.stringMatching(/\(libcudnn\.so\.8\).*LD_LIBRARY_PATH/)]);
  });

  test('a GPU newer than CUDA 11.2 is warned of, one good GPU beside an old one is enough', () => {
    const { obstacles, warnings } = checkCuda(machine('H100, 550.54, 9.0', libraries));
    expect([obstacles, warnings]).toEqual([[], [expect.stringContaining('H100 is newer')]]);
    expect(checkCuda(machine('GT 620, 460.1, 2.1\nT4, 460.1, 7.5', libraries)).obstacles).toEqual([]);
  });

  test('nvidia-smi of an old driver tells no capability', () => {
    expect(parseGpus('Tesla T4, 450.80.02\n')).toEqual([
      { name: 'Tesla T4', driver: '450.80.02', computeCapability: undefined },
    ]);
    expect(parseGpus('Tesla T4, 450.80.02, [N/A]')[0]?.computeCapability).toBeUndefined();
  });
});

describe('a library that does not run', () => {
  test.each([
    ['SIGILL', '', /processor lacks instructions/],
    ['SIGKILL', '', /out of memory/],
    ['SIGSEGV', 'last words\n', /SIGSEGV, after saying: last words/],
    [
      null,
      'Error: libcudart.so.11.0: cannot open shared object file: No such file',
      /no library libcudart\.so\.11\.0$/,
    ],
    [null, "/lib/libc.so.6: version `GLIBC_2.38' not found (required by x)", /newer system \(GLIBC_2\.38\)/],
    [null, 'noise\nit computes 3 where 4 is right\n', /^it computes 3/],
  ])('is explained: %s %s', (signal, words, sentence) => {
    expect(explainCrash(signal, words)).toMatch(sentence);
  });
});
