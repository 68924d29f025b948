// A project with something to see in it: images, a split, two trained and scored runs. Made through the command line, as a
// person would.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = join(import.meta.dirname, '..', '..', 'dist', 'engine', 'thimble.mjs');

/** Runs a command and returns what it prints for machines. Rejects with what it says went wrong. */
export async function runThimble(
  argumentList: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...argumentList, '--json'], {
    env: { ...process.env, ...environment },
    maxBuffer: 1e9,
  });
  return JSON.parse(stdout);
}

export interface DemoProjectOptions {
  readonly folder: string;
  readonly images: string;
  /** How long each run trains, and with which settings: arguments of `run start`. */
  readonly length: readonly string[];
  readonly supervisedMinutes: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (sentence: string) => void;
}

export async function makeDemoProject(options: DemoProjectOptions): Promise<void> {
  const { folder, images, length, supervisedMinutes, environment, say } = options;
  const thimble = (...words: string[]) => runThimble([...words, '--project', folder], environment);
  await runThimble(['project', 'create', folder], environment);
  say(`Importing ${images}`);
  await thimble('dataset', 'import', images);
  await thimble('split', 'create', '1');
  for (const seed of [5, 6]) {
    say(`Training with seed ${seed}`);
    await thimble('run', 'start', '1', '--seed', String(seed), ...length);
    await thimble('ladder', 'run', String(seed - 4), '--supervised-minutes', String(supervisedMinutes));
  }
}
