// The engine as every front door sees it: named requests in, results and events out. Holds the open projects.
import { resolve } from 'node:path';
import type { EmitEvent, EngineEventName, EngineEvents, RequestResults } from '../contract/contract.ts';
import { parseRequest, type RequestName, type RequestPayload } from '../contract/requests.ts';
import { AppData } from '../project/appData.ts';
import { findDataFolder } from '../project/dataFolder.ts';
import { asProjectError } from '../project/database.ts';
import { peekProject, type ProjectLook } from '../project/peekProject.ts';
import { isStillThere, openProject, type Project } from '../project/project.ts';
import { appHandlers } from './handlers/appHandlers.ts';
import { applyHandlers } from './handlers/applyHandlers.ts';
import { compareHandlers } from './handlers/compareHandlers.ts';
import { Devices, type DevicesOptions } from './devices/devices.ts';
import { datasetHandlers } from './handlers/datasetHandlers.ts';
import { deviceHandlers, withChosenDevice } from './handlers/deviceHandlers.ts';
import { exportHandlers } from './handlers/exportHandlers.ts';
import type { Handler, HandlerCall, HandlersOf } from './handlers/handler.ts';
import { imageHandlers } from './handlers/imageHandlers.ts';
import { ladderHandlers } from './handlers/ladderHandlers.ts';
import { projectHandlers } from './handlers/projectHandlers.ts';
import { measureHandlers } from './handlers/measureHandlers.ts';
import { runHandlers } from './handlers/runHandlers.ts';
import { trainHandlers } from './handlers/trainHandlers.ts';
import { Pictures } from './pictures.ts';
import { spawnNodeProcess, type SpawnProcess } from './processes/childProcess.ts';
import { heavyRequests, type HeavyRequest, type Lane } from './tasks/heavyRequests.ts';
import { withLessAtOnce } from './tasks/lessAtOnce.ts';
import { TaskRunner } from './tasks/taskRunner.ts';
import { endAllTraining, listTraining, type TrainingRun } from './training/endTraining.ts';
import { ProjectWatch } from './training/projectWatch.ts';
import { isAnyTraining } from './measure/otherTraining.ts';
import { RunQueue } from './training/runQueue.ts';
import { limitPixelCache } from './training/trainingSettings.ts';

/** Total by its type: a request without a handler does not compile. */
const handlers: HandlersOf<RequestName> = {
  ...appHandlers,
  ...projectHandlers,
  ...deviceHandlers,
  ...datasetHandlers,
  ...imageHandlers,
  ...runHandlers,
  ...trainHandlers,
  ...measureHandlers,
  ...ladderHandlers,
  ...compareHandlers,
  ...exportHandlers,
  ...applyHandlers,
};

/** Receives what the engine says unasked; `project` is the folder that it is about. */
export type Broadcast = <Name extends EngineEventName>(
  project: string | null,
  name: Name,
  event: EngineEvents[Name],
) => void;

export interface RequestOptions {
  readonly emit?: EmitEvent;
  readonly signal?: AbortSignal;
}

export interface EngineOptions {
  /**
   * `inProcess`, the default: requests are computed here and the engine trains only what it is told to, as a command line
   * wants. `process`: the engine serves an app. Requests that compute for long have processes of their own, so that all
   * others are answered meanwhile; queued runs of open projects are trained by themselves; what happens is broadcast.
   */
  readonly tasks?: 'inProcess' | 'process';
  /** Dry runs have processes of their own even where tasks have not: one that takes all memory then ends alone. */
  readonly isolateDryRuns?: boolean;
  /** This engine works for another one, which has chosen the device. */
  readonly isDeviceChosen?: boolean;
  /** How devices are found; a test passes ones that hang or crash. */
  readonly devices?: Omit<DevicesOptions, 'app' | 'spawnProcess'>;
  /** Starts trainers and tasks; default: this program's own Node. */
  readonly spawnProcess?: SpawnProcess;
  /** Receives what happens in open projects; only with `tasks: 'process'`. */
  readonly broadcast?: Broadcast;
  /** Where the app keeps its own data; default: THIMBLE_DATA, else where the platform keeps such things. */
  readonly dataFolder?: string;
}

/** One engine in one process. Requests may overlap; those about one project share its database. */
export class Engine {
  readonly #projects = new Map<string, Project>();
  readonly #app: AppData;
  readonly #pictures: Pictures;
  readonly #spawnProcess: SpawnProcess;
  readonly #queue: RunQueue | null = null;
  readonly #watch: ProjectWatch | null = null;
  readonly #tasks: Readonly<Record<Lane, TaskRunner>> | null = null;
  /** Where dry runs have processes of their own. */
  readonly #dryRuns: TaskRunner | null = null;
  readonly #devices: Devices;
  readonly #isDeviceChosen: boolean;

  constructor(options: EngineOptions = {}) {
    const { tasks = 'inProcess', spawnProcess = spawnNodeProcess, broadcast = () => undefined } = options;
    this.#spawnProcess = spawnProcess;
    this.#app = new AppData(options.dataFolder ?? findDataFolder());
    this.#pictures = new Pictures(this.#app.folder);
    this.#devices = new Devices({ app: this.#app, spawnProcess, ...options.devices });
    this.#isDeviceChosen = options.isDeviceChosen ?? false;
    const runner = () => new TaskRunner({ spawnProcess, dataFolder: this.#app.folder });
    if (options.isolateDryRuns) this.#dryRuns = runner();
    if (tasks === 'inProcess') return;
    this.#queue = new RunQueue(() => [...this.#projects.values()], {
      spawnProcess,
      onEnd: () => this.#watch?.lookSoon(),
      isBusyElsewhere: () => this.#isBusyElsewhere(),
    });
    this.#watch = new ProjectWatch(broadcast, this.#queue);
    this.#tasks = { long: runner(), short: runner() };
  }

  /**
   * Checks the payload and answers. Rejects with an EngineError whose code says why; with `cancelled` where the caller gave
   * up and the answer does not say so itself.
   */
  async request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    options: RequestOptions = {},
  ): Promise<RequestResults[Name]> {
    const checked = parseRequest(name, payload);
    const { emit = () => undefined, signal } = options;
    const call: HandlerCall = {
      openProject: (folder) => this.#open(folder),
      peekProject: (folder, read) => this.#peek(folder, read),
      app: this.#app,
      pictures: this.#pictures,
      devices: this.#devices,
      alone: (title, work) => {
        const runner = this.#tasks?.long;
        return runner ? runner.inTurn({ title, emit, signal }, work) : work();
      },
      emit,
      signal,
      spawnProcess: this.#spawnProcess,
      queue: this.#queue,
    };
    try {
      const whole = this.#isDeviceChosen ? checked : await withChosenDevice(name, checked, call);
      const heavy = heavyRequests[name] as HeavyRequest<Name> | undefined;
      const runner = heavy && (this.#tasks?.[heavy.lane] ?? (heavy.isDryRun ? this.#dryRuns : null));
      if (heavy && runner && (await heavy.isHeavy(whole, call))) {
        const title = heavy.describe(whole);
        const run = (asked: RequestPayload<Name>) =>
          runner.run({ name, payload: asked, title, emit, signal }) as Promise<RequestResults[Name]>;
        return await (heavy.isDryRun ? withLessAtOnce(whole, run) : run(whole));
      }
      const result = await (handlers[name] as Handler<Name>)(whole, call);
      if (name === 'settings.change') this.#applySettings(this.#projects.values());
      return result;
    } catch (cause) {
      const isRefusal = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_');
      throw isRefusal ? asProjectError(cause, 'The project') : cause;
    } finally {
      this.#watch?.lookSoon();
    }
  }

  /** Long requests that are computed or wait for it. */
  get taskCount(): number {
    return Object.values(this.#tasks ?? {}).reduce((sum, { taskCount }) => sum + taskCount, 0);
  }

  /** Runs of the open projects that train now, whoever started them. */
  listTraining(): TrainingRun[] {
    return listTraining(this.#projects.values());
  }

  /** Queued runs that this engine will train by itself when their turn comes. */
  get waitingCount(): number {
    return this.#queue?.waitingCount ?? 0;
  }

  /**
   * Pauses whatever trains, and starts nothing more; resolves when every run has written its checkpoint. For an app whose
   * trainers end with it.
   */
  async pauseTraining(): Promise<void> {
    this.#queue?.close();
    await endAllTraining(this.#projects.values());
  }

  /** Ends long requests and closes every project. Runs in their own processes go on. */
  close(): void {
    this.#watch?.close();
    this.#queue?.close();
    this.#dryRuns?.close();
    this.#devices.close();
    for (const runner of Object.values(this.#tasks ?? {})) runner.close();
    this.#pictures.close();
    for (const project of this.#projects.values()) project.close();
    this.#projects.clear();
  }

  /** Another Thimble (the command line, an app beside this one) may train a project that is not open here. */
  #isBusyElsewhere(): boolean {
    const others = this.#app.listRecents().filter(({ folder }) => !this.#projects.has(resolve(folder)));
    return isAnyTraining(others, (folder, read) => this.#peek(folder, read));
  }

  #open(folder: string): Project {
    const path = resolve(folder);
    const known = this.#projects.get(path);
    if (known && isStillThere(known)) return known;
    if (known) this.#drop(known);
    const project = openProject(path);
    this.#projects.set(path, project);
    this.#watch?.add(project);
    this.#applySettings([project]);
    return project;
  }

  /** Forgets a project whose folder was removed or replaced: what its open file says is nobody's any more. */
  #drop(project: Project): void {
    this.#projects.delete(project.folder);
    this.#watch?.remove(project);
    project.close();
  }

  #peek<T>(folder: string, read: (look: ProjectLook) => T): T {
    const known = this.#projects.get(resolve(folder));
    return known && isStillThere(known) ? read(known) : peekProject(folder, read);
  }

  /** Trainers and probes are other processes: what they must know of the app's settings stands in the project. */
  #applySettings(projects: Iterable<Project>): void {
    const { cacheBytes } = this.#app.readSettings();
    for (const project of projects) {
      try {
        limitPixelCache(project, cacheBytes);
      } catch {
        // A project that another process holds at the moment keeps the limit it had until it is opened again.
      }
    }
  }
}
