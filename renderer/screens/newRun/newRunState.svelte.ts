// Everything about a run that does not exist yet: the draft, what it costs, what it will see, the runs it becomes. Lives as
// long as its project, so that nothing typed is lost by looking elsewhere or by the engine's being started again.
import type { DeviceInfo, SplitInfo } from '../../../engine/contract/answers.ts';
import type { MeasuredCost } from '../../../engine/contract/cost.ts';
import type { EngineError } from '../../../engine/contract/errors.ts';
import { presetNames, type PresetName } from '../../../engine/contract/presets.ts';
import type { RunDetails } from '../../../engine/contract/run.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { listChanges } from '../../state/presetChanges.ts';
import { nameSetting } from '../../state/settingWords.ts';
import { Costs, type CostState } from './costs.svelte.ts';
import * as drafts from './draft.ts';
import { Latest } from './latest.ts';
import { PreviewState } from './previewState.svelte.ts';
import type { SavedDraft } from './savedDraft.ts';
import { planRuns, type Sweep } from './sweep.ts';

/** Presets that are measured without being asked to: the others take minutes. */
const measuredUnasked: readonly PresetName[] = ['quick', 'standard'];

export type ForecastState =
  | { readonly kind: 'asking' }
  /** The settings have not been measured. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly forecasts: readonly MeasuredCost[]; readonly missing: number }
  | { readonly kind: 'impossible'; readonly error: EngineError };

export class NewRunState {
  draft = $state.raw(drafts.createDraft());
  sweep = $state.raw<Sweep>({ kind: 'none' });
  splits = $state.raw<readonly SplitInfo[] | null>(null);
  /** Null until the engine has asked them; a device that hangs takes it ten seconds. */
  devices = $state.raw<readonly DeviceInfo[] | null>(null);
  /** Fields whose text is not a value yet. */
  unreadable = $state.raw<ReadonlySet<string>>(new Set());
  forecast = $state.raw<ForecastState>({ kind: 'asking' });
  error = $state.raw<EngineError | null>(null);
  /** Runs that are being made: how many of how many. */
  making = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  readonly costs: Costs;
  readonly preview: PreviewState;
  readonly #client: EngineClient;
  readonly #project: ProjectState;
  readonly #latest: Latest<readonly drafts.RunSettings[], readonly (MeasuredCost | null)[]>;
  #forecastAsked: string | null = null;
  /** What an error left half made: the runs that exist, and how many of them are in the queue. */
  #half: { readonly asked: string; readonly made: RunDetails[]; queued: number } | null = null;
  #measuredFor: string | null = null;
  /** The run that the draft was prefilled from. */
  #from = $state.raw<number | null>(null);

  readonly config = $derived(drafts.configOf(this.draft));
  readonly problems = $derived(drafts.findProblems(this.config));
  readonly changes = $derived(listChanges(this.config, this.draft.preset));
  readonly plan = $derived(planRuns(this.draft, this.sweep));
  readonly suggestedName = $derived(drafts.suggestName(this.draft, nameSetting));
  /** What the engine is asked about each run that would be made. */
  readonly settings = $derived.by(() =>
    this.plan.drafts.flatMap((draft) => drafts.settingsOf(this.#project.folder, draft) ?? []),
  );
  /** The draft without its sweep: what is looked at. */
  readonly draftSettings = $derived.by(() => drafts.settingsOf(this.#project.folder, this.draft));
  readonly isSound = $derived.by(
    () =>
      this.problems.size === 0 &&
      this.unreadable.size === 0 &&
      this.plan.problem === null &&
      this.plan.drafts.every((draft) => drafts.findProblems(drafts.configOf(draft)).size === 0),
  );
  readonly canStart = $derived.by(
    () =>
      this.isSound && this.settings.length > 0 && this.making === null && this.forecast.kind !== 'impossible',
  );

  constructor(client: EngineClient, project: ProjectState, restMs = 200) {
    this.#client = client;
    this.#project = project;
    this.costs = new Costs(client);
    this.preview = new PreviewState(client);
    this.#latest = new Latest<readonly drafts.RunSettings[], readonly (MeasuredCost | null)[]>({
      restMs,
      ask: (settings, signal) =>
        Promise.all(settings.map((one) => client.request('run.forecast', one, { signal }))),
      onAnswer: (answers) => {
        const forecasts = answers.filter((answer) => answer !== null);
        const missing = answers.length - forecasts.length;
        this.forecast = forecasts.length === 0 ? { kind: 'unknown' } : { kind: 'known', forecasts, missing };
      },
      onError: (error) => {
        this.forecast = { kind: 'impossible', error: error as EngineError };
      },
    });
  }

  /** Fills the draft: the newest images where none are chosen, or everything from an existing run. */
  async open(from: number | null): Promise<void> {
    try {
      if (from !== null && from !== this.#from) {
        const payload = { project: this.#project.folder, run: from };
        this.take(await this.#client.request('run.show', payload));
        this.#from = from;
      }
      const { datasetId } = this.draft;
      const known = this.#project.datasets.map(({ id }) => id);
      if (datasetId === null || !known.includes(datasetId)) {
        if (known.length > 0) await this.chooseDataset(Math.max(...known));
      } else await this.#readSplits(datasetId);
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    }
  }

  /** Asks what there is to train on. What cannot be asked is not offered: runs then train on what the engine chooses. */
  async loadDevices(): Promise<void> {
    this.devices = await this.#client.request('device.list', {}).catch(() => null);
  }

  save(): SavedDraft {
    return { draft: this.draft, sweep: this.sweep, from: this.#from };
  }

  /** Goes on with what was saved; a run that it was prefilled from is not taken anew. */
  restore({ draft, sweep, from }: SavedDraft): void {
    this.draft = draft;
    this.sweep = sweep;
    this.#from = from;
  }

  /** Makes the draft one that repeats a run. */
  take(run: RunDetails): void {
    this.draft = drafts.draftFromRun(run);
    this.sweep = { kind: 'none' };
    this.unreadable = new Set();
  }

  /** Back to nothing changed; the images stay chosen. */
  startOver(): void {
    const { datasetId, splitId } = this.draft;
    this.draft = { ...drafts.createDraft(), datasetId, splitId };
    this.sweep = { kind: 'none' };
    this.unreadable = new Set();
  }

  async chooseDataset(datasetId: number): Promise<void> {
    this.draft = { ...this.draft, datasetId, splitId: null };
    this.preview.choose(null);
    await this.#readSplits(datasetId);
  }

  chooseSplit(splitId: number): void {
    this.draft = { ...this.draft, splitId };
    this.preview.choose(null);
  }

  change(change: Partial<drafts.RunDraft>): void {
    this.draft = { ...this.draft, ...change };
  }

  choosePreset(preset: PresetName): void {
    this.draft = drafts.changePreset(this.draft, preset);
  }

  changeSetting(path: string, value: unknown): void {
    this.draft = drafts.changeSetting(this.draft, path, value);
  }

  resetSetting(path: string): void {
    const { [path]: _gone, ...settings } = this.draft.settings;
    this.draft = { ...this.draft, settings };
    this.setReadable(path, true);
  }

  resetAll(): void {
    this.draft = { ...this.draft, settings: {} };
    this.unreadable = new Set();
  }

  /** Notes whether what stands in a field is a value. */
  setReadable(path: string, isReadable: boolean): void {
    if (isReadable !== this.unreadable.has(path)) return;
    const unreadable = new Set(this.unreadable);
    if (isReadable) unreadable.delete(path);
    else unreadable.add(path);
    this.unreadable = unreadable;
  }

  /** What a preset, as it comes, is asked as: for its card. */
  presetSettings(preset: PresetName): drafts.RunSettings | null {
    const { splitId, protocol, device } = this.draft;
    const plain = { ...drafts.createDraft(), splitId, protocol, device, preset };
    return drafts.settingsOf(this.#project.folder, plain);
  }

  /**
   * Recalls what was measured on these images before, then measures the cheap presets one after the other; not while a run
   * trains, since both would be slower than they are.
   */
  async measurePresets(): Promise<void> {
    const tasks = Object.fromEntries(
      presetNames.flatMap((preset) => {
        const settings = this.presetSettings(preset);
        return settings === null ? [] : [[preset, settings] as const];
      }),
    );
    const asked = JSON.stringify(tasks);
    if (asked === this.#measuredFor || asked === '{}') return;
    this.#measuredFor = asked;
    this.costs.reset();
    const missing = await this.costs.recall(tasks);
    if (this.#project.training !== null) return;
    for (const preset of measuredUnasked) {
      if (missing.includes(preset)) this.costs.measure(preset, tasks[preset]!);
    }
  }

  /** Asks how long the runs will take once the settings rest. */
  askForecast(again = false): void {
    if (!this.isSound || this.settings.length === 0) {
      this.#forecastAsked = null;
      this.#latest.stop();
      this.forecast = { kind: 'asking' };
      return;
    }
    const asked = JSON.stringify(this.settings);
    if (asked === this.#forecastAsked && !again) return;
    // While the time is moved the old numbers stay, so that the sentence does not flicker.
    if (this.forecast.kind !== 'known') this.forecast = { kind: 'asking' };
    this.#forecastAsked = asked;
    this.#latest.ask(this.settings);
  }

  /** Measures the settings as they are, those of a sweep that are not known yet one after the other. */
  measureOwn(): void {
    const unknown = this.settings.filter((one) => this.costs.of(this.#costKey(one)).kind !== 'measured');
    for (const settings of unknown) this.costs.measure(this.#costKey(settings), settings);
  }

  /** What is known of the cost of the draft's own settings: what is under way or went wrong first. */
  readonly own = $derived.by((): CostState | null => {
    const states = this.settings.map((settings) => this.costs.of(this.#costKey(settings)));
    const first = (kind: CostState['kind']) => states.find((state) => state.kind === kind);
    return first('measuring') ?? first('failed') ?? first('waiting') ?? states[0] ?? null;
  });

  /** An unchanged preset is measured on its card; seed and length change nothing about the cost of a step. */
  #costKey({ preset, settings }: drafts.RunSettings): string {
    const changed = Object.keys(settings ?? {}).filter((path) => !drafts.fittedByTime.includes(path));
    return changed.length === 0 ? preset! : `own ${preset} ${JSON.stringify(settings)}`;
  }

  /**
   * Makes the runs and puts them into the queue, in order; answers with them. What was made before an error stays, and is
   * not made again when the same is asked once more.
   */
  async make(): Promise<RunDetails[]> {
    const { settings } = this;
    const asked = JSON.stringify([settings, this.draft.name, this.sweep]);
    if (this.#half?.asked !== asked) this.#half = { asked, made: [], queued: 0 };
    const half = this.#half;
    const wanted = this.plan.drafts;
    this.costs.cancel();
    try {
      while (half.queued < settings.length) {
        const index = half.queued;
        this.making = { done: index, total: settings.length };
        if (half.made.length === index) {
          const { tags } = wanted[index]!;
          const name = drafts.nameOf(wanted[index]!, nameSetting);
          const payload = { ...settings[index]!, name, ...(tags.length > 0 ? { tags: [...tags] } : {}) };
          half.made.push(await this.#client.request('run.create', payload));
        }
        await this.#client.request('run.enqueue', {
          project: this.#project.folder,
          run: half.made[index]!.id,
        });
        half.queued = index + 1;
      }
    } finally {
      this.making = null;
    }
    this.#half = null;
    this.draft = { ...this.draft, name: '' };
    this.sweep = { kind: 'none' };
    // Duplicating that run once more begins with its settings.
    this.#from = null;
    return half.made;
  }

  /** Stops asking and measuring while the screen is not shown. */
  rest(): void {
    this.costs.cancel();
    this.preview.stop();
    this.#latest.stop();
    this.#forecastAsked = null;
    this.#measuredFor = null;
  }

  async #readSplits(datasetId: number): Promise<void> {
    const splits = await this.#client.request('split.list', {
      project: this.#project.folder,
      dataset: datasetId,
    });
    if (datasetId !== this.draft.datasetId) return;
    this.splits = splits;
    const isKnown = splits.some(({ id }) => id === this.draft.splitId);
    const newest = splits.reduce<number | null>((id, split) => Math.max(id ?? 0, split.id), null);
    if (!isKnown) this.draft = { ...this.draft, splitId: newest };
  }
}
