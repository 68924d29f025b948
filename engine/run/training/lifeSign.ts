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
/** Drivers compile their kernels at a program's first call. */
const firstPatienceMs = 5 * 60_000;
const leastPatienceMs = 60_000;
/** A machine that is busy with other work takes a few times longer than usual. */
const timesSlower = 10;

/** What the trainer holds. A sign that cannot be written must not end a run: the steps in the database are signs too. */
export class LifeSignWriter {
  readonly #path: string;
  #answers = 0;
  #slowestMs = 0;
  #isFirst = true;
  #writtenMs = -Infinity;

  /** Gives the first sign. @param folder the run's, which is there. */
  constructor(folder: string) {
    this.#path = join(folder, signFile);
    this.#write();
  }

  /** The device is asked; with `isFirst` for the first time by this program. */
  asked(isFirst: boolean): void {
    if (!isFirst) return;
    this.#isFirst = true;
    this.#write();
  }

  /** It answered a call that took so long. */
  answered(callMs: number): void {
    this.#answers++;
    const wasFirst = this.#isFirst;
    this.#isFirst = false;
    if (!wasFirst) this.#slowestMs = Math.max(this.#slowestMs, callMs);
    if (wasFirst || performance.now() - this.#writtenMs >= renewMs) this.#write();
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
    const usualMs = Math.max(leastPatienceMs, timesSlower * this.#slowestMs);
    const patienceMs = this.#isFirst ? Math.max(firstPatienceMs, usualMs) : usualMs;
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

/** Hears of each call to a device. */
export type CallListener = Pick<LifeSignWriter, 'asked' | 'answered'>;

/** The same executor, which tells of each run of a program. */
export function hearAnswers(executor: Executor, listener: CallListener): Executor {
  const hearProgram = (inner: CompiledProgram): CompiledProgram => {
    let isFirst = true;
    return {
      program: inner.program,
      buildMs: inner.buildMs,
      writeState: (values) => inner.writeState(values),
      readState: (names) => inner.readState(names),
      dispose: () => inner.dispose(),
      run: async (inputs) => {
        listener.asked(isFirst);
        isFirst = false;
        const startedMs = performance.now();
        const outputs = await inner.run(inputs);
        listener.answered(performance.now() - startedMs);
        return outputs;
      },
    };
  };
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
