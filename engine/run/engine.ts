// The engine as every front door sees it: named requests in, results and events out. Holds the open projects.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EmitEvent, EngineEventName, EngineEvents, RequestResults } from '../contract/contract.ts';
import { parseRequest, type RequestName, type RequestPayload } from '../contract/requests.ts';
import { AppData, findDataFolder } from '../project/appData.ts';
import { asProjectError } from '../project/database.ts';
import { peekProject, type ProjectLook } from '../project/peekProject.ts';
import { openProject, type Project } from '../project/project.ts';
import { appHandlers } from './handlers/appHandlers.ts';
import { compareHandlers } from './handlers/compareHandlers.ts';
import { datasetHandlers } from './handlers/datasetHandlers.ts';
import { exportHandlers } from './handlers/exportHandlers.ts';
import type { Handler, HandlersOf } from './handlers/handler.ts';
import { ladderHandlers } from './handlers/ladderHandlers.ts';
import { projectHandlers } from './handlers/projectHandlers.ts';
import { runHandlers } from './handlers/runHandlers.ts';
import { limitPixelCache } from './training/trainingSettings.ts';

/** Total by its type: a request without a handler does not compile. */
const handlers: HandlersOf<RequestName> = {
  ...appHandlers,
  ...projectHandlers,
  ...datasetHandlers,
  ...runHandlers,
  ...ladderHandlers,
  ...compareHandlers,
  ...exportHandlers,
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
  /** Where the app keeps its own data; default: THIMBLE_DATA, else where the platform keeps such things. */
  readonly dataFolder?: string;
}

/** One engine in one process. Requests may overlap; those about one project share its database. */
export class Engine {
  readonly #projects = new Map<string, Project>();
  readonly #app: AppData;

  constructor(options: EngineOptions = {}) {
    this.#app = new AppData(options.dataFolder ?? findDataFolder());
  }

  /** Checks the payload and answers. Rejects with an EngineError whose code says why. */
  async request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    options: RequestOptions = {},
  ): Promise<RequestResults[Name]> {
    const checked = parseRequest(name, payload);
    const handler = handlers[name] as Handler<Name>;
    try {
      const result = await handler(checked, {
        openProject: (folder) => this.#open(folder),
        peekProject: (folder, read) => this.#peek(folder, read),
        app: this.#app,
        emit: options.emit ?? (() => undefined),
        signal: options.signal,
      });
      if (name === 'settings.change') this.#applySettings();
      return result;
    } catch (cause) {
      const isRefusal = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_');
      throw isRefusal ? asProjectError(cause, 'The project') : cause;
    }
  }

  /** Closes every project. Runs in their own processes go on. */
  close(): void {
    for (const project of this.#projects.values()) project.close();
    this.#projects.clear();
  }

  #open(folder: string): Project {
    const path = resolve(folder);
    const known = this.#projects.get(path);
    if (known) return known;
    const project = openProject(path);
    this.#projects.set(path, project);
    limitPixelCache(project, this.#app.readSettings().cacheBytes);
    return project;
  }

  #peek<T>(folder: string, read: (look: ProjectLook) => T): T {
    const known = this.#projects.get(resolve(folder));
    const isThere = known !== undefined && existsSync(known.folder);
    return isThere ? read(known) : peekProject(folder, read);
  }

  /** Trainers and probes are other processes: what they must know of the app's settings stands in the project. */
  #applySettings(): void {
    const { cacheBytes } = this.#app.readSettings();
    for (const project of this.#projects.values()) limitPixelCache(project, cacheBytes);
  }
}
