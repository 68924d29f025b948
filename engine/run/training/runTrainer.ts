// The work of one trainer: finds where the run stands, opens what training needs, runs the loop, and tells how it ended.
import { EngineError, serializeError } from '../../contract/errors.ts';
import type { RunDetails, RunState } from '../../contract/run.ts';
import type { PixelCacheSettings } from '../../data/pixelCache.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { emptySums, lastingState } from '../../mimjepa/microBatches.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import type { CheckpointFiles } from '../../project/checkpointFile.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { deleteMetricsFrom } from '../../project/queries/metrics.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { changeRunState, readRun, setRunDevice, updateRunProgress } from '../../project/queries/runs.ts';
import { createExecutor, type ExecutorId, type ExecutorOptions } from '../../runtime/executors.ts';
import type { CompiledProgram, Executor } from '../../runtime/program.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { nameDevice } from '../measure/machine.ts';
import { listRunImages, selectPretrainImages, type RunImage } from '../runImages.ts';
import { CheckpointStore, type FoundCheckpoint } from './checkpointStore.ts';
import { DivergenceGuard } from './divergence.ts';
import { FeatureMonitor, selectMonitorSet } from './featureMonitor.ts';
import { hearAnswers, type LifeSignWriter } from './lifeSign.ts';
import { createLooker, lookEverySteps, readBaseline } from './looker.ts';
import { RunRecorder, type TrainerMessage } from './runRecorder.ts';
import { createStepLoader, type StepLoader } from './stepLoader.ts';
import { runTrainLoop, type StepReport } from './trainLoop.ts';
import { executorOptions, projectPixelCache, readTrainingSettings } from './trainingSettings.ts';

export interface TrainRunOptions {
  /** Where progress and events go besides the database. */
  readonly send?: (message: TrainerMessage) => void;
  /** Aborting pauses the run: a checkpoint, then the end. */
  readonly signal?: AbortSignal;
  /** File functions for checkpoints; a test passes ones that fail. */
  readonly checkpointFiles?: CheckpointFiles;
  /** Opens executors; a test passes one whose device is lost. */
  readonly openExecutor?: (id: ExecutorId, options: ExecutorOptions) => Promise<Executor>;
}

/** What the process that trains adds. */
export interface TrainerOptions extends TrainRunOptions {
  /** Renewed as the device answers. */
  readonly sign: LifeSignWriter;
}

/** Everything that one trainer holds open. */
export class RunTrainer {
  readonly #project: Project;
  readonly #run: RunDetails;
  readonly #folder: string;
  readonly #store: CheckpointStore;
  readonly #cache: PixelCacheSettings;
  readonly #send: (message: TrainerMessage) => void;
  readonly #openExecutor: () => Promise<Executor>;
  #recorder: RunRecorder | undefined;
  #executor: Executor | undefined;
  #loader: StepLoader | undefined;

  /** `executorId` takes the place of the run's own where that cannot go on. */
  constructor(project: Project, runId: number, options: TrainerOptions, executorId?: ExecutorId) {
    this.#project = project;
    this.#run = readRun(project.database, runId);
    this.#folder = runFolder(project, runId);
    this.#store = new CheckpointStore(project.database, runId, this.#folder, options.checkpointFiles);
    this.#cache = projectPixelCache(project, this.#run.config.model.imageSize);
    this.#send = options.send ?? (() => undefined);
    const open = options.openExecutor ?? createExecutor;
    const id = executorId ?? (this.#run.executor as ExecutorId);
    this.#openExecutor = async () => hearAnswers(await open(id, executorOptions(project)), options.sign);
  }

  /** Trains to the end, or until asked to pause or stop; returns the state that was written. */
  async train(signal: AbortSignal | undefined): Promise<RunState> {
    const { config, protocol } = this.#run;
    const { images, classes } = listRunImages(this.#project.database, this.#run.splitId);
    const trainImages = selectPretrainImages(images, protocol);
    const checkpoint = this.#resume();
    const { loader, executor, program } = await this.#open(trainImages, checkpoint);
    const schedule = createSchedule(config.optimizer, loader.stepsPerEpoch);
    const recorder = (this.#recorder = this.#createRecorder(loader, schedule.totalSteps, checkpoint));
    if (signal?.aborted) recorder.ask('pause');
    signal?.addEventListener('abort', () => recorder.ask('pause'));

    const guard = new DivergenceGuard(this.#folder, trainImages, loader.stepsPerEpoch);
    const monitorSet = selectMonitorSet(images, config.monitor, config.seed);
    const encoder = new ImageEncoder(executor, { cache: this.#cache, workers: 0 });
    const monitor = new FeatureMonitor(config, encoder, monitorSet, classes.length);
    // The spread of fewer than two images is nothing.
    const everySteps = monitorSet.images.length < 2 ? 0 : lookEverySteps(config, loader.stepsPerEpoch);
    const baseline = readBaseline(this.#project.database, this.#run.id);
    const { totalSteps } = schedule;
    const { events } = this.#run;
    const look = createLooker({
      events,
      program,
      monitor,
      guard,
      recorder,
      totalSteps,
      everySteps,
      baseline,
    });

    const startStep = checkpoint?.step ?? 0;
    this.#announce(recorder, executor, startStep);
    const onStep = (report: StepReport) => {
      guard.assertStep(report);
      recorder.addStep(report);
    };
    const checkpointer = this.#createCheckpointer(program, guard, recorder);
    const hooks = { look, onStep, readAsked: () => recorder.readAsked(), ...checkpointer };
    const parts = { config, schedule, loader, program, startStep, lookEverySteps: everySteps };
    return this.#end(recorder, await runTrainLoop({ ...parts, hooks }));
  }

  /** Starts the loader and the executor, and writes the state to go on from. */
  async #open(
    images: readonly RunImage[],
    checkpoint: FoundCheckpoint | null,
  ): Promise<{ loader: StepLoader; executor: Executor; program: CompiledProgram }> {
    const { id, config } = this.#run;
    const loader = (this.#loader = await createStepLoader({ images, cache: this.#cache, config }));
    const executor = (this.#executor = await this.#openExecutor());
    const program = await executor.compile(pretrainProgram(config));
    await program.writeState(
      checkpoint ? { ...stateOf(checkpoint), ...emptySums(config) } : samplePretrainState(config),
    );
    setRunDevice(this.#project.database, id, nameDevice(executor.label));
    return { loader, executor, program };
  }

  /** Finds the checkpoint to go on from, and removes what was recorded after it. */
  #resume(): FoundCheckpoint | null {
    const { database } = this.#project;
    const { id } = this.#run;
    this.#store.removeLeftovers();
    const { checkpoint, damaged } = this.#store.readNewestSound();
    const step = checkpoint?.step ?? 0;
    database
      .transaction(() => {
        deleteMetricsFrom(database, id, step);
        updateRunProgress(database, id, step, checkpoint?.trainingMs ?? 0);
        for (const { step: damagedStep, file } of damaged) {
          const from = checkpoint ? `the one of step ${step}` : 'the beginning';
          const message = `The checkpoint of step ${damagedStep} is damaged; training goes on from ${from}.`;
          const event = insertRunEvent(database, id, { step, kind: 'notice', message, details: { file } });
          this.#send({ kind: 'event', event });
        }
      })
      .immediate();
    this.#store.discard(damaged);
    return checkpoint;
  }

  #createRecorder(loader: StepLoader, totalSteps: number, checkpoint: FoundCheckpoint | null): RunRecorder {
    return new RunRecorder({
      project: this.#project,
      runId: this.#run.id,
      batchSize: loader.batchSize,
      stepsPerEpoch: loader.stepsPerEpoch,
      totalSteps,
      startStep: checkpoint?.step ?? 0,
      trainingMsBefore: checkpoint?.trainingMs ?? 0,
      send: this.#send,
    });
  }

  #announce(recorder: RunRecorder, executor: Executor, startStep: number): void {
    const isFirst = !this.#run.events.some((event) => event.kind === 'started');
    if (isFirst) recorder.addEvent('started', `Training started on ${executor.label}.`);
    else recorder.addEvent('resumed', `Training goes on from step ${startStep} on ${executor.label}.`);
  }

  #createCheckpointer(program: CompiledProgram, guard: DivergenceGuard, recorder: RunRecorder) {
    const intervalMs = 1000 * readTrainingSettings(this.#project).checkpointSeconds;
    const shapes = new Map(program.program.state.map((spec) => [spec.name, spec.shape]));
    const lasting = lastingState(program.program.state);
    let lastMs = performance.now();
    return {
      isCheckpointDue: () => performance.now() - lastMs >= intervalMs,
      checkpoint: async (step: number) => {
        const state = (await program.readState(lasting)) as Record<string, Float32Array>;
        guard.assertState(state);
        // Metrics first: a run never resumes at a step whose curve is not stored.
        recorder.flush();
        const tensors = Object.fromEntries(
          Object.entries(state).map(([name, data]) => [name, { shape: shapes.get(name)!, data }]),
        );
        this.#store.save({ step, tensors }, recorder.trainingMs);
        lastMs = performance.now();
      },
    };
  }

  #end(recorder: RunRecorder, outcome: 'finished' | 'pause' | 'stop'): RunState {
    const ends = {
      finished: { state: 'finished', message: 'Training finished.' },
      pause: { state: 'paused', message: 'Training is paused; it goes on from here when asked.' },
      stop: { state: 'stopped', message: 'Training was stopped early, as asked.' },
    } as const;
    const { state, message } = ends[outcome];
    const { database } = this.#project;
    const { skippedSteps } = recorder;
    recorder.flush();
    database
      .transaction(() => {
        if (skippedSteps > 0) recorder.addEvent('notice', describeSkipped(skippedSteps));
        recorder.addEvent(state, message);
        changeRunState(database, this.#run.id, state);
      })
      .immediate();
    return state;
  }

  /** Turns an error into the run's last state: `paused` where the disk is full, else `failed`. */
  endWithError(cause: unknown): RunState {
    const failure = serializeError(cause);
    const { database } = this.#project;
    const isDiskFull = failure.code === 'disk.full';
    // The curve up to here; where the disk is full, a resumed run draws it again.
    if (!isDiskFull) this.#recorder?.flush();
    const state = isDiskFull ? 'paused' : 'failed';
    const message = isDiskFull
      ? `The disk is full, so training is paused. The last checkpoint is kept; make room and resume. (${failure.message})`
      : failure.message;
    const step = readRun(database, this.#run.id).step;
    const event = database
      .transaction(() => {
        changeRunState(database, this.#run.id, state, failure);
        const details = { ...failure.details, code: failure.code };
        return insertRunEvent(database, this.#run.id, { step, kind: state, message, details });
      })
      .immediate();
    this.#send({ kind: 'event', event });
    return state;
  }

  async close(): Promise<void> {
    await this.#loader?.close();
    await this.#executor?.dispose();
  }
}

function describeSkipped(steps: number): string {
  const what = steps === 1 ? 'One step was' : `${steps} steps were`;
  return `${what} left out because half precision overflowed: that is how mixed precision finds the factor of its loss.`;
}

function stateOf(checkpoint: FoundCheckpoint): Record<string, Float32Array> {
  const entries = Object.entries(checkpoint.tensors).map(([name, { data }]) => {
    if (data instanceof Float32Array) return [name, data] as const;
    throw new EngineError('checkpoint.corrupt', `The checkpoint's tensor ${name} is not float32.`);
  });
  return Object.fromEntries(entries);
}
