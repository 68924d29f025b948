// The training loop, read from top to bottom. It knows no database, no files and no process: those are hooks.
import type { RunConfig } from '../../contract/config.ts';
import type { AskedOfRun } from '../../contract/run.ts';
import { runStepParts } from '../../mimjepa/microBatches.ts';
import type { Schedule, ScheduleValues } from '../../mimjepa/schedules.ts';
import { computeScheduleInputs } from '../../mimjepa/stepInputs.ts';
import type { CompiledProgram, TensorData } from '../../runtime/program.ts';
import type { StepLoader } from './stepLoader.ts';

/** What one step measured. */
export interface StepReport extends ScheduleValues {
  /** Steps done before it. */
  readonly step: number;
  readonly loss: number;
  /** Norms of the gradients: tokenizer, transformer, predictor. */
  readonly gradNorms: readonly [number, number, number];
  /** Left out, because half precision overflowed: weights stayed as they were (mixed precision only). */
  readonly isSkipped: boolean;
  /** Waiting for the batch and running the step, milliseconds. */
  readonly stepMs: number;
  /** Which images it saw, as indices into the loader's list. */
  readonly imageIndices: Int32Array;
}

export interface TrainHooks {
  /** Called when steps are a multiple of lookEverySteps (0 included), and after the last. */
  look(stepsDone: number): Promise<void>;
  /** Called after each step. Throws to stop the run, e.g. when the loss is not finite. */
  onStep(report: StepReport): void;
  /** What was asked of the run since. */
  readAsked(stepsDone: number): AskedOfRun | null;
  isCheckpointDue(): boolean;
  /** Called when due, after the last step, and before the loop ends as asked. */
  checkpoint(stepsDone: number): Promise<void>;
}

export interface TrainLoop {
  readonly config: RunConfig;
  readonly schedule: Schedule;
  readonly loader: StepLoader;
  /** The step with the state after `startStep` steps already written. */
  readonly program: CompiledProgram;
  readonly startStep: number;
  /** Steps between two looks at the features; 0 never looks. */
  readonly lookEverySteps: number;
  readonly hooks: TrainHooks;
}

/** `finished` after the last step, else what was asked. */
export type TrainOutcome = 'finished' | AskedOfRun;

/**
 * Trains from `startStep` to the end of the schedule, or until asked to pause or stop; a checkpoint of the last step is
 * then written. What a step computes depends on nothing but the state, the configuration and the step's number.
 */
export async function runTrainLoop(loop: TrainLoop): Promise<TrainOutcome> {
  const { schedule, hooks } = loop;
  const { totalSteps } = schedule;
  for (let step = loop.startStep; ; step++) {
    // 1. A look at the features, before the step, so that a run resumed here looks again.
    if (isLookDue(loop, step)) await hooks.look(step);
    if (step >= totalSteps) return 'finished';

    // 2. What was asked meanwhile.
    const asked = hooks.readAsked(step);
    if (asked) {
      await hooks.checkpoint(step);
      return asked;
    }

    // 3. The step.
    hooks.onStep(await runStep(loop, step));

    // 4. A checkpoint.
    const stepsDone = step + 1;
    if (stepsDone === totalSteps || hooks.isCheckpointDue()) await hooks.checkpoint(stepsDone);

    // 5. Signals and messages get their turn: a step may block the thread throughout.
    await new Promise(setImmediate);
  }
}

function isLookDue({ lookEverySteps, schedule }: TrainLoop, stepsDone: number): boolean {
  if (lookEverySteps === 0) return false;
  return stepsDone % lookEverySteps === 0 || stepsDone >= schedule.totalSteps;
}

/** One step of the loop, from asking for its batch to its results; what measures training runs it too. */
export async function runStep(
  loop: Pick<TrainLoop, 'config' | 'schedule' | 'loader' | 'program'>,
  step: number,
): Promise<StepReport> {
  const { config, schedule, loader, program } = loop;
  const startedMs = performance.now();
  // A worker made this batch while the last step ran; asking for it also starts the next.
  const { parts, imageIndices } = await loader.batch(step);
  const values = schedule.at(step);
  const outputs = await runStepParts(program, parts, computeScheduleInputs(config, values, step));
  return {
    step,
    loss: outputs['loss']![0]!,
    gradNorms: readNorms(outputs['gradNorms']!),
    isSkipped: outputs['skipped']?.[0] === 1,
    ...values,
    stepMs: performance.now() - startedMs,
    imageIndices,
  };
}

function readNorms(norms: TensorData): [number, number, number] {
  return [norms[0]!, norms[1]!, norms[2]!];
}
