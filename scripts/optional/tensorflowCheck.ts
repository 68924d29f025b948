// `npm run check:tensorflow`: the executor on TensorFlow, for real, on a CPU. TensorFlow's library comes from its Python
// package, tfjs-node's binding is built against it by the same setup that people run; then the golden files, losses, memory
// and times beside the compiled executor. Not part of the tests; skips by name where something is missing.
// usage: npm run check:tensorflow [-- --steps N] [--wheel NAME==VERSION]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleProgram } from '../build.mjs';
import type { StepsReport, TimedSteps } from './tensorflowSteps.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const limits = { loss: 2e-5, norms: 2e-4, memoryBytes: 32e6 };

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '9' },
    wheel: { type: 'string', default: 'tensorflow-cpu==2.15.1' },
    python: { type: 'string', default: '3.11' },
  },
});
/** Fetched once; THIMBLE_WHEELS names another place. */
const cache = process.env['THIMBLE_WHEELS'] || join(tmpdir(), 'thimble-wheels');

/** What a check cannot go on without is missing: it is skipped, not failed. */
class Skipped extends Error {}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Shows what the program prints instead of returning it. */
  readonly shown?: boolean;
  /** Gives what it prints also where it ends with an error. */
  readonly mayFail?: boolean;
}

/** Throws with the last line of what the program says. */
function run(
  program: string,
  argumentList: readonly string[],
  { env, shown, mayFail }: RunOptions = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, argumentList, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
  });
  if (status === 0 || (mayFail && status !== null)) return stdout ?? '';
  throw new Error(error?.message ?? (stderr ?? '').trim().split('\n').at(-1) ?? `${program} failed`);
}

function tryOrSkip(what: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    throw new Skipped(`${what}: ${(error as Error).message}`);
  }
}

function assertTools(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Skipped('TensorFlow’s Python package is taken apart on Linux x64 only');
  }
  tryOrSkip('pip is needed', () => run('python3', ['-m', 'pip', '--version']));
  tryOrSkip('a C++ compiler is needed', () => run(process.env['CXX'] || 'c++', ['--version']));
}

/** The wheel's file in the cache, fetched if it is not there. */
function fetchWheel(): string {
  const [name = '', version = ''] = values.wheel.split('==');
  const start = `${name.replaceAll('-', '_')}-${version}-`;
  const find = () => readdirSync(cache).find((file) => file.startsWith(start) && file.endsWith('.whl'));
  mkdirSync(cache, { recursive: true });
  if (find() === undefined) {
    console.log(`Fetching ${values.wheel} (200 to 300 MB) into ${cache}…`);
    const platforms = ['2_17', '2_27', '2_28'].flatMap((glibc) => [
      '--platform',
      `manylinux_${glibc}_x86_64`,
    ]);
    const choice = ['--no-deps', '--only-binary=:all:', '--python-version', values.python, ...platforms];
    tryOrSkip('the wheel cannot be fetched', () =>
      run('python3', ['-m', 'pip', 'download', ...choice, values.wheel, '-d', cache]),
    );
  }
  return join(cache, find()!);
}

const unpackScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = [n for n in wheel.namelist() if n.startswith(('tensorflow/libtensorflow', 'tensorflow/include/'))]
    wheel.extractall(sys.argv[2], wanted)
`;

function unpackWheel(wheel: string): string {
  const folder = wheel.replace(/\.whl$/, '');
  const library = join(folder, 'tensorflow');
  if (!existsSync(library)) run('python3', ['-c', unpackScript, wheel, folder]);
  return library;
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1]!;

function renderTimes({ name, threads, wallMs, cpuMs }: TimedSteps): string {
  const words = (['compiled-cpu', 'eager-tensorflow'] as const).map((id) => {
    const [wall, cpu] = [wallMs[id], cpuMs[id]];
    const range = `${Math.min(...wall).toFixed(0)} to ${Math.max(...wall).toFixed(0)}`;
    return `  ${id.padEnd(17)} ${median(wall).toFixed(0)} ms (${range}), processor ${median(cpu).toFixed(0)} ms`;
  });
  const steps = wallMs['compiled-cpu'].length;
  return [`${name}: median of ${steps} steps in turns, ${threads} threads`, ...words].join('\n');
}

/** Prints the figures; answers what passes a limit. */
function judge({ compared, memory, timed }: StepsReport): string[] {
  const [tensorsBefore, tensorsAfter] = memory.tensors;
  const grownBytes = memory.residentBytes[1] - memory.residentBytes[0];
  console.log(
    `losses over ${compared.steps} steps: largest relative difference ${compared.lossDifference.toExponential(1)} (limit ${limits.loss}), of gradient norms ${compared.normDifference.toExponential(1)} (limit ${limits.norms})`,
  );
  console.log(
    `memory from step ${memory.warmSteps} to ${memory.steps}: ${tensorsBefore} tensors, then ${tensorsAfter}; the process grew by ${(grownBytes / 1e6).toFixed(1)} MB`,
  );
  for (const each of timed) console.log(renderTimes(each));
  return [
    ...(compared.lossDifference > limits.loss ? ['the losses differ'] : []),
    ...(compared.normDifference > limits.norms ? ['the gradients differ'] : []),
    ...(tensorsAfter === tensorsBefore ? [] : ['tensors are left behind']),
    ...(grownBytes > limits.memoryBytes ? ['memory grows'] : []),
  ];
}

/** Every golden file through every executor; what is printed and judged is TensorFlow's part. */
function checkParity(env: NodeJS.ProcessEnv): string[] {
  const golden = join(root, 'tests', 'golden');
  const files = readdirSync(golden)
    .filter((file) => file.endsWith('.safetensors'))
    .map((file) => join(golden, file));
  const program = join(root, 'dist', 'engine', 'thimble.mjs');
  const words = run(process.execPath, [program, 'parity', ...files], { env, mayFail: true });
  const sections = words.split('\n\n').filter((part) => part.includes('· eager-tensorflow'));
  console.log(`\n${sections.join('\n\n')}\n`);
  const isWithin = (section: string) => section.includes('quantity') && !/^ +failed:/m.test(section);
  if (sections.length === 0) return ['parity did not run on TensorFlow'];
  return sections.every(isWithin) ? [] : ['parity is outside its limits'];
}

async function check(data: string): Promise<string[]> {
  assertTools();
  const library = unpackWheel(fetchWheel());
  const env = { THIMBLE_DATA: data, THIMBLE_TENSORFLOW: '', LIBTENSORFLOW_ROOT: library };
  run(process.execPath, ['scripts/setupTensorflow/main.ts'], { env, shown: true });
  const parityProblems = checkParity(env);
  const program = await bundleProgram('scripts/optional/tensorflowSteps.ts', join(root, 'dist', 'optional'));
  const report = JSON.parse(
    run(process.execPath, ['--expose-gc', program, values.steps], { env }),
  ) as StepsReport;
  return [...parityProblems, ...judge(report)];
}

const data = mkdtempSync(join(tmpdir(), 'thimble-tensorflow-'));
try {
  const problems = await check(data);
  console.log(problems.length === 0 ? 'TensorFlow: whole' : `TensorFlow: ${problems.join('; ')}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  const { message } = error as Error;
  console.log(
    error instanceof Skipped ? `TensorFlow: skipped, ${message}` : `TensorFlow: failed, ${message}`,
  );
  process.exitCode = error instanceof Skipped ? 0 : 1;
} finally {
  rmSync(data, { recursive: true, force: true });
}
