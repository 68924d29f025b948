// What a trainer tells the world: metrics and progress into the database, a few times a second in one transaction, and
// messages to whoever started it, if still there.
import type { RunEvent, RunEventKind, RunProgress, AskedOfRun } from '../../contract/run.ts';
import { asProjectError } from '../../project/database.ts';
import type { Project } from '../../project/project.ts';
import { insertMetrics, type MetricPoint } from '../../project/queries/metrics.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { readAsked, updateRunProgress } from '../../project/queries/runs.ts';
import type { StepReport } from './trainLoop.ts';

/** What a trainer process sends to the process that started it. */
export type TrainerMessage =
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'event'; readonly event: RunEvent };

export interface RecorderOptions {
  readonly project: Project;
  readonly runId: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly startStep: number;
  /** Training time before this process took over, milliseconds. */
  readonly trainingMsBefore: number;
  readonly send: (message: TrainerMessage) => void;
}

const flushIntervalMs = 700;
/** Steps that the rate is averaged over. */
const rateSteps = 30;

export class RunRecorder {
  readonly #options: RecorderOptions;
  readonly #startedMs = performance.now();
  readonly #stepMs: number[] = [];
  #points: MetricPoint[] = [];
  #flushedMs = performance.now();
  #asked: AskedOfRun | null = null;
  #stepsDone: number;
  /** Steps done at the last point of the training time. */
  #timedSteps: number;
  #lastLoss = Number.NaN;
  #pauseMsLeft = 0;
  #skippedSteps = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#stepsDone = options.startStep;
    this.#timedSteps = options.startStep;
  }

  /** Training time of the run so far, milliseconds. */
  get trainingMs(): number {
    return this.#options.trainingMsBefore + performance.now() - this.#startedMs;
  }

  /** Steps of this process that mixed precision left out. */
  get skippedSteps(): number {
    return this.#skippedSteps;
  }

  /** Asks the loop to end as if someone had asked through the database. */
  ask(asked: AskedOfRun): void {
    this.#asked = asked;
  }

  /** What is asked of the run; looks into the database about once a flush. */
  readAsked(): AskedOfRun | null {
    if (performance.now() - this.#flushedMs >= flushIntervalMs) this.flush();
    return this.#asked;
  }

  addStep(report: StepReport): void {
    const { step, loss, lr, weightDecay, emaMomentum, gradNorms, stepMs, isSkipped } = report;
    this.#stepsDone = step + 1;
    // Of a step that was left out nothing is a number that a curve could show.
    if (!isSkipped) this.#lastLoss = loss;
    this.#stepMs.push(stepMs);
    if (this.#stepMs.length > rateSteps) this.#stepMs.shift();
    const measured: MetricPoint[] = [
      { name: 'loss', step, value: loss },
      { name: 'gradNorm.tokenizer', step, value: gradNorms[0] },
      { name: 'gradNorm.transformer', step, value: gradNorms[1] },
      { name: 'gradNorm.predictor', step, value: gradNorms[2] },
    ];
    if (isSkipped) this.#skippedSteps++;
    this.#points.push(
      ...(isSkipped ? [] : measured),
      { name: 'lr', step, value: lr },
      { name: 'weightDecay', step, value: weightDecay },
      { name: 'emaMomentum', step, value: emaMomentum },
      { name: 'imagesPerSecond', step, value: (1000 * this.#options.batchSize) / stepMs },
    );
  }

  addPoints(points: readonly MetricPoint[]): void {
    this.#points.push(...points);
  }

  /** Time that looks and checkpoints will still take, for the estimate of the time left. */
  setReservedMs(reservedMs: number): void {
    this.#pauseMsLeft = reservedMs;
  }

  /** Stores what has gathered, learns what is asked, and tells how far the run is. */
  flush(): void {
    const { project, runId } = this.#options;
    this.#addTrainingTime();
    const points = this.#points;
    this.#points = [];
    try {
      project.database
        .transaction(() => {
          insertMetrics(project.database, runId, points);
          updateRunProgress(project.database, runId, this.#stepsDone, this.trainingMs);
          this.#asked ??= readAsked(project.database, runId);
        })
        .immediate();
    } catch (cause) {
      throw asProjectError(cause, project.folder);
    }
    this.#flushedMs = performance.now();
    if (this.#stepMs.length > 0) this.#options.send({ kind: 'progress', progress: this.#progress() });
  }

  /** One point a flush, not a step: a curve over time needs no more, for time passes evenly between. */
  #addTrainingTime(): void {
    if (this.#stepsDone === this.#timedSteps) return;
    this.#timedSteps = this.#stepsDone;
    const value = this.trainingMs / 1000;
    this.#points.push({ name: 'trainingSeconds', step: this.#stepsDone - 1, value });
  }

  /** Stores what gathered up to here, then an event. */
  addEvent(kind: RunEventKind, message: string, details: Readonly<Record<string, unknown>> = {}): void {
    const { project, runId, send } = this.#options;
    const event = insertRunEvent(project.database, runId, { step: this.#stepsDone, kind, message, details });
    send({ kind: 'event', event });
  }

  #progress(): RunProgress {
    const { runId, totalSteps, stepsPerEpoch, batchSize } = this.#options;
    const meanStepMs = this.#stepMs.reduce((sum, ms) => sum + ms, 0) / this.#stepMs.length;
    return {
      runId,
      step: this.#stepsDone,
      totalSteps,
      epoch: this.#stepsDone / stepsPerEpoch,
      loss: this.#lastLoss,
      imagesPerSecond: (1000 * batchSize) / meanStepMs,
      timeLeftMs: (totalSteps - this.#stepsDone) * meanStepMs + this.#pauseMsLeft,
    };
  }
}
