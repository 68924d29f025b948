// The engine as every front door sees it: named requests in, results and events out. Holds the open projects.
import { resolve } from 'node:path';
import type { EmitEvent, EngineEventName, EngineEvents, RequestResults } from '../contract/contract.ts';
import { parseRequest, type RequestName, type RequestPayload } from '../contract/requests.ts';
import { openProject, type Project } from '../project/project.ts';
import { compareHandlers } from './handlers/compareHandlers.ts';
import { datasetHandlers } from './handlers/datasetHandlers.ts';
import { exportHandlers } from './handlers/exportHandlers.ts';
import type { Handler, HandlersOf } from './handlers/handler.ts';
import { ladderHandlers } from './handlers/ladderHandlers.ts';
import { projectHandlers } from './handlers/projectHandlers.ts';
import { runHandlers } from './handlers/runHandlers.ts';

/** Total by its type: a request without a handler does not compile. */
const handlers: HandlersOf<RequestName> = {
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

/** One engine in one process. Requests may overlap; those about one project share its database. */
export class Engine {
  readonly #projects = new Map<string, Project>();

  /** Checks the payload and answers. Rejects with an EngineError whose code says why. */
  async request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    options: RequestOptions = {},
  ): Promise<RequestResults[Name]> {
    const checked = parseRequest(name, payload);
    const handler = handlers[name] as Handler<Name>;
    return handler(checked, {
      openProject: (folder) => this.#open(folder),
      emit: options.emit ?? (() => undefined),
      signal: options.signal,
    });
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
    return project;
  }
}
