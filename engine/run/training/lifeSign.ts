// The sign of life of a trainer: a small file in the run's folder that it renews as its device answers. Steps alone do not
// tell a trainer that works from one that hangs: looking at the features of many images takes minutes without a step.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { CompiledProgram, Executor } from '../../runtime/program.ts';

export interface LifeSign {
  /** The trainer's process, and the computer that it runs on: a project may lie on a disk that several reach. */
  readonly pid: number;
  readonly host: string;
  /** Answers of the device so far. */
  readonly answers: number;
  /** How long it may be without an answer before something must be wrong, milliseconds. */
  readonly patienceMs: number;
}

const signFile = 'trainer.json';
const renewMs = 1_000;
/** Drivers compile their kernels at the first call. */
const firstPatienceMs = 5 * 60_000;
const leastPatienceMs = 60_000;
/** A machine that is busy with other work takes a few times longer than usual. */
const timesSlower = 10;

/** What the trainer holds. A sign that cannot be written must not end a run: the steps in the database are signs too. */
export class LifeSignWriter {
  readonly #path: string;
  #answers = 0;
  #slowestMs = 0;
  #writtenMs = -Infinity;

  /** Gives the first sign. @param folder the run's, which is there. */
  constructor(folder: string) {
    this.#path = join(folder, signFile);
    this.#write();
  }

  /** The device answered a call that took so long. */
  answered(callMs: number): void {
    this.#answers++;
    this.#slowestMs = Math.max(this.#slowestMs, callMs);
    if (performance.now() - this.#writtenMs >= renewMs) this.#write();
  }

  remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // It counts for nothing without the run's lock.
    }
  }

  #write(): void {
    this.#writtenMs = performance.now();
    const patienceMs =
      this.#answers === 0 ? firstPatienceMs : Math.max(leastPatienceMs, timesSlower * this.#slowestMs);
    const sign: LifeSign = { pid: process.pid, host: hostname(), answers: this.#answers, patienceMs };
    try {
      writeFileSync(this.#path, JSON.stringify(sign));
    } catch {
      // A full disk is told of by what must be kept.
    }
  }
}

/** The sign of a run's trainer; null where there is none, or it is being written just now. */
export function readLifeSign(folder: string): LifeSign | null {
  try {
    return JSON.parse(readFileSync(join(folder, signFile), 'utf8')) as LifeSign;
  } catch {
    return null;
  }
}

/** The same executor, which tells how long each call took that its device answered, milliseconds. */
export function hearAnswers(executor: Executor, onAnswer: (callMs: number) => void): Executor {
  const hear = async <T>(call: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now();
    const answer = await call();
    onAnswer(performance.now() - startedMs);
    return answer;
  };
  const hearProgram = (inner: CompiledProgram): CompiledProgram => ({
    program: inner.program,
    buildMs: inner.buildMs,
    writeState: (values) => hear(() => inner.writeState(values)),
    readState: (names) => hear(() => inner.readState(names)),
    run: (inputs) => hear(() => inner.run(inputs)),
    dispose: () => inner.dispose(),
  });
  return {
    id: executor.id,
    get label() {
      return executor.label;
    },
    get device() {
      return executor.device;
    },
    compile: async (program) => hearProgram(await executor.compile(program)),
    dispose: () => executor.dispose(),
  };
}
