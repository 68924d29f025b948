// Stops a run whose numbers are no longer numbers, and leaves on disk what a person needs to find out why.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import type { NamedData } from '../../runtime/program.ts';
import type { RunImage } from '../runImages.ts';
import type { StepReport } from './trainLoop.ts';

export const diagnosisFile = 'diagnosis.json';

/** From its first value the factor of the loss is halved to 1 in 16 steps; a few more show that it is not the factor. */
const mostSkipped = 25;
/** Losses of the steps before, kept for the diagnosis. */
const keptLosses = 50;

export class DivergenceGuard {
  readonly #folder: string;
  readonly #images: readonly RunImage[];
  readonly #stepsPerEpoch: number;
  readonly #losses: number[] = [];
  #last: StepReport | undefined;
  #skipped = 0;

  constructor(folder: string, images: readonly RunImage[], stepsPerEpoch: number) {
    this.#folder = folder;
    this.#images = images;
    this.#stepsPerEpoch = stepsPerEpoch;
  }

  /**
   * Throws run.diverged, after writing the diagnosis, when the loss or a gradient norm is not finite; in mixed precision,
   * where such a step is left out, once that does not end.
   */
  assertStep(report: StepReport): void {
    this.#last = report;
    this.#skipped = report.isSkipped ? this.#skipped + 1 : 0;
    if (report.isSkipped && this.#skipped < mostSkipped) return;
    if ([report.loss, ...report.gradNorms].every(Number.isFinite)) {
      this.#losses.push(report.loss);
      if (this.#losses.length > keptLosses) this.#losses.shift();
      return;
    }
    const what = Number.isFinite(report.loss) ? 'a gradient norm' : 'the loss';
    throw this.#diverged(
      `${what} became ${Number.isFinite(report.loss) ? 'infinite or undefined' : report.loss}`,
    );
  }

  /** Throws run.diverged when a weight is not finite: such a state must never become a checkpoint. */
  assertState(state: NamedData): void {
    for (const [name, values] of Object.entries(state)) {
      if (values.every(Number.isFinite)) continue;
      throw this.#diverged(`the tensor ${name} holds values that are infinite or undefined`);
    }
  }

  #diverged(what: string): EngineError {
    const last = this.#last;
    const step = last?.step ?? 0;
    const path = join(this.#folder, diagnosisFile);
    const diagnosis = {
      what,
      step,
      epoch: step / this.#stepsPerEpoch,
      // JSON has no NaN, so numbers that are none are written as words.
      loss: String(last?.loss),
      gradNorms: last
        ? {
            tokenizer: String(last.gradNorms[0]),
            transformer: String(last.gradNorms[1]),
            predictor: String(last.gradNorms[2]),
          }
        : null,
      lr: last?.lr,
      weightDecay: last?.weightDecay,
      emaMomentum: last?.emaMomentum,
      lossesBefore: [...this.#losses],
      images: Array.from(last?.imageIndices ?? [], (index) => {
        const { id, relativePath } = this.#images[index]!;
        return { id, relativePath };
      }),
    };
    writeFileSync(path, `${JSON.stringify(diagnosis, null, 2)}\n`);
    return new EngineError(
      'run.diverged',
      `Training broke down at step ${step}: ${what} (learning rate ${last?.lr.toPrecision(3)}). The last good checkpoint is kept; ${diagnosisFile} in the run's folder says more. A smaller learning rate usually helps.`,
      { details: { step, what, diagnosis: path } },
    );
  }
}
