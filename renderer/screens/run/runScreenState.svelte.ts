// One run on the Run screen: what it is, its curves and its history, followed while it trains. Redrawn at most once a frame.
import type { SplitInfo } from '../../../engine/contract/answers.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { RunDetails, RunSummary } from '../../../engine/contract/run.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { findNearestPreset, listChanges } from '../../state/presetChanges.ts';
import { countStepsPerEpoch } from '../../state/stepsPerEpoch.ts';
import { curveLimits, joinCurves, nextStep, noCurve, type Curve, type Curves } from './curves.ts';
import { judgeHealth, judgeLearning, type Look } from './learning.ts';

/** No more often than this are new points asked for, milliseconds. */
const askEveryMs = 700;

/** The looks that the curves hold, in order. */
export function collectLooks(curves: Curves): Look[] {
  const rank = curves.get('rankMe') ?? noCurve;
  const at = (name: 'knn' | 'effectiveRank' | 'featureStd.mean') => {
    const { steps, values } = curves.get(name) ?? noCurve;
    return new Map(steps.map((step, index) => [step, values[index]!]));
  };
  const [knn, effectiveRank, meanStd] = [at('knn'), at('effectiveRank'), at('featureStd.mean')];
  return rank.steps.map((step, index) => ({
    step,
    rankMe: rank.values[index]!,
    knn: knn.get(step) ?? null,
    effectiveRank: effectiveRank.get(step) ?? null,
    meanStd: meanStd.get(step) ?? null,
  }));
}

export class RunScreenState {
  readonly runId: number;
  /** Null until it was read. */
  details = $state.raw<RunDetails | null>(null);
  error = $state.raw<EngineError | null>(null);
  curves = $state.raw<Curves>(new Map());
  split = $state.raw<SplitInfo | null>(null);
  readonly #project: ProjectState;
  readonly #client: EngineClient;
  /** Asks for the next animation frame; a test passes its own. */
  readonly #onFrame: (draw: () => void) => void;
  #waiting: Curves | null = null;
  #isAsking = false;
  #askedAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stops: (() => void)[] = [];
  /** Grows with each whole reading, so that an older answer is not joined to newer curves. */
  #reading = 0;

  /** The run with the latest that is known of it: its state changes more often than its details are read. */
  readonly run = $derived.by(() => {
    const { details } = this;
    if (details === null) return null;
    return { ...details, ...this.#project.findRun(this.runId) };
  });
  readonly progress = $derived.by(() => this.#project.progress.get(this.runId) ?? null);
  readonly stepsPerEpoch = $derived(this.details === null ? 1 : countStepsPerEpoch(this.details));
  readonly looks = $derived(collectLooks(this.curves));
  readonly step = $derived(Math.max(this.progress?.step ?? 0, this.run?.step ?? 0));
  /** Labelled validation images that kNN is asked about, as far as the split tells. */
  readonly knnImages = $derived.by(() => {
    if (this.split === null || this.details === null) return null;
    const { maxImages } = this.details.config.monitor;
    return Math.min(this.split.counts.validation, Math.floor(maxImages / 3)) || null;
  });
  readonly health = $derived.by(() => {
    if (this.details === null) return null;
    const { model, monitor } = this.details.config;
    const last = this.looks.at(-1);
    const share = last ? last.step / Math.max(1, this.details.totalSteps) : 0;
    const seen = this.split === null ? Infinity : this.split.counts.train + this.split.counts.validation;
    return judgeHealth(this.looks, {
      dimensions: model.embedDim,
      images: Math.min(monitor.maxImages, seen),
      share,
    });
  });
  readonly randomKnn = $derived.by(() => {
    const [measured] = this.curves.get('knn.random')?.values ?? [];
    return measured ?? this.run?.randomKnn ?? null;
  });
  readonly verdict = $derived.by(() => {
    const { run } = this;
    if (run === null) return null;
    const { everyEpochs } = run.config.monitor;
    return judgeLearning({
      state: run.state,
      looks: this.looks,
      randomKnn: this.randomKnn,
      images: this.knnImages,
      health: this.health,
      step: this.step,
      totalSteps: run.totalSteps,
      stepsPerEpoch: this.stepsPerEpoch,
      lookEverySteps: everyEpochs === 0 ? 0 : Math.max(1, Math.round(everyEpochs * this.stepsPerEpoch)),
    });
  });
  readonly nearestPreset = $derived(this.details === null ? null : findNearestPreset(this.details.config));
  readonly changes = $derived(
    this.details === null ? [] : listChanges(this.details.config, findNearestPreset(this.details.config)),
  );
  readonly secondsPerStep = $derived.by(() => {
    const { run } = this;
    return run === null || run.step === 0 ? 0 : run.trainingMs / 1000 / run.step;
  });

  constructor(
    client: EngineClient,
    project: ProjectState,
    runId: number,
    onFrame: (draw: () => void) => void = (draw) => void requestAnimationFrame(draw),
  ) {
    this.#client = client;
    this.#project = project;
    this.runId = runId;
    this.#onFrame = onFrame;
  }

  curve(name: Parameters<Curves['get']>[0]): Curve {
    return this.curves.get(name) ?? noCurve;
  }

  /** Reads everything and follows the run until the returned function is called. */
  follow(): () => void {
    const isOurs = (project: string | null) =>
      project === (this.#project.info?.folder ?? this.#project.folder);
    this.#stops = [
      this.#client.on('run.progress', (progress, project) => {
        if (isOurs(project) && progress.runId === this.runId) this.#askSoon();
      }),
      this.#client.on('run.event', (event, project) => {
        if (!isOurs(project) || event.runId !== this.runId) return;
        // A resumed run may have gone back to its checkpoint: its curves are read anew.
        if (event.kind === 'resumed' || event.kind === 'started') void this.read();
        else void this.#readDetails();
      }),
      this.#client.on('run.changed', (run, project) => {
        if (isOurs(project) && run.id === this.runId) this.#notice(run);
      }),
      // The engine that is back knows better what became of the run.
      this.#client.onReturn(() => void this.read()),
    ];
    void this.read();
    return () => this.close();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#reading += 1;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Reads the run and its curves from the beginning; what goes wrong is in `error` then. */
  async read(): Promise<void> {
    const reading = ++this.#reading;
    const { runId: run } = this;
    const project = this.#project.folder;
    try {
      const [details, series] = await Promise.all([
        this.#client.request('run.show', { project, run }),
        this.#client.request('run.metrics', { project, run, maxPoints: curveLimits.kept }),
      ]);
      if (this.split?.id !== details.splitId) await this.#readSplit(details);
      if (reading !== this.#reading) return;
      // All at once: a verdict that was said before the curves came would grow, and push them down.
      this.details = details;
      this.error = null;
      this.#waiting = null;
      this.curves = joinCurves(new Map(), series);
    } catch (error) {
      if (reading === this.#reading) this.error = error as EngineError;
    }
  }

  /** Takes what an answer says about the run, e.g. after it was renamed. */
  take(run: RunSummary): void {
    this.#project.replaceRun(run);
    if (this.details !== null) this.details = { ...this.details, ...run };
  }

  async #readSplit({ datasetId, splitId }: RunDetails): Promise<void> {
    const splits = await this.#client.request('split.list', {
      project: this.#project.folder,
      dataset: datasetId,
    });
    this.split = splits.find(({ id }) => id === splitId) ?? null;
  }

  async #readDetails(): Promise<void> {
    const reading = this.#reading;
    const details = await this.#client
      .request('run.show', { project: this.#project.folder, run: this.runId })
      .catch(() => null); // The next event asks again; `error` is for what never could be read.
    if (details !== null && reading === this.#reading) this.details = details;
  }

  #notice(run: RunSummary): void {
    const hasGoneBack = run.step + 1 < nextStep(this.curves) && run.state !== 'running';
    if (hasGoneBack) void this.read();
    else if (run.state !== this.details?.state) {
      void this.#readDetails();
      this.#askSoon();
    }
  }

  /** Asks for the points since the last ones: now, or once the time since the last question has passed. */
  #askSoon(): void {
    if (this.#isAsking || this.#timer !== null) return;
    const waitMs = Math.max(0, this.#askedAtMs + askEveryMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#ask();
    }, waitMs);
  }

  async #ask(): Promise<void> {
    const reading = this.#reading;
    const known = this.#waiting ?? this.curves;
    this.#isAsking = true;
    this.#askedAtMs = Date.now();
    try {
      const series = await this.#client.request('run.metrics', {
        project: this.#project.folder,
        run: this.runId,
        fromStep: nextStep(known),
        maxPoints: curveLimits.kept,
      });
      if (reading === this.#reading) this.#draw(joinCurves(this.#waiting ?? this.curves, series));
    } catch {
      // The engine is away; when it is back the run's events go on and ask again.
    } finally {
      this.#isAsking = false;
    }
  }

  #draw(curves: Curves): void {
    const isPending = this.#waiting !== null;
    this.#waiting = curves;
    if (isPending) return;
    this.#onFrame(() => {
      if (this.#waiting !== null) this.curves = this.#waiting;
      this.#waiting = null;
    });
  }
}
