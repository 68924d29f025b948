// Tries a binding in a process of its own, where it may crash, and says in a sentence what happened.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EngineError } from '../../engine/contract/errors.ts';
import type { TensorflowPlace } from '../../engine/runtime/tensorflowPlace.ts';

export interface Tried {
  readonly device: 'cpu' | 'gpu';
  readonly libraryVersion: string;
  /** TensorFlow's own words on why it uses no GPU, where it has some. */
  readonly gpuNotes: readonly string[];
}

export type TryTensorflow = (place: TensorflowPlace) => Promise<Tried>;

/** A GPU that is newer than the library compiles all of its programs at the first start. */
const limitMs = 30 * 60_000;
const gpuWords = /could not load dynamic library|cannot dlopen|skipping registering gpu|cuInit|CUDA_ERROR/i;

/** What a signal or the loader's words mean for a person. */
export function explainCrash(signal: string | null, words: string): string {
  if (signal === 'SIGILL') {
    return 'this processor lacks instructions that the library was built for (official builds need AVX)';
  }
  if (signal === 'SIGKILL') return 'it was stopped: out of memory, or no answer for half an hour';
  const missing = /([\w.+-]+): cannot open shared object file/.exec(words)?.[1];
  if (missing !== undefined) return `the system has no library ${missing}`;
  const glibc = /version `(GLIBC\w*_[\d.]+)' not found/.exec(words)?.[1];
  if (glibc !== undefined) return `it was built for a newer system (${glibc})`;
  const last = words.trim().split('\n').at(-1) ?? '';
  return signal === null ? last : `it ended with ${signal}${last && `, after saying: ${last}`}`;
}

/** With the probe as it is bundled (dist/engine). Throws `executor.unavailable`. */
export const tryTensorflow =
  (root: string): TryTensorflow =>
  (place) =>
    new Promise((resolve, reject) => {
      const program = join(root, 'dist', 'engine', 'tensorflowProbe.mjs');
      const child = spawn(process.execPath, [program, JSON.stringify(place)], {
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: limitMs,
        killSignal: 'SIGKILL',
      });
      let [answer, words] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (code === 0) {
          const gpuNotes = words.split('\n').filter((line) => gpuWords.test(line));
          resolve({ ...(JSON.parse(answer) as Omit<Tried, 'gpuNotes'>), gpuNotes });
          return;
        }
        const reason = explainCrash(signal, words);
        reject(
          new EngineError('executor.unavailable', `TensorFlow does not run here: ${reason}.`, {
            details: { words },
          }),
        );
      });
    });
