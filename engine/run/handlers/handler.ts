// What a request handler is, and what it may use.
import type { EmitEvent, RequestResults } from '../../contract/contract.ts';
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import type { AppData } from '../../project/appData.ts';
import type { ProjectLook } from '../../project/peekProject.ts';
import type { Project } from '../../project/project.ts';
import type { Devices } from '../devices/devices.ts';
import type { Pictures } from '../pictures.ts';
import type { SpawnProcess } from '../processes/childProcess.ts';
import type { RunQueue } from '../training/runQueue.ts';

/** What a handler gets besides its payload. */
export interface HandlerCall {
  /** The project of that folder, opened once and kept open. Throws project.notFound, project.invalid, project.newer. */
  openProject(folder: string): Project;
  /** Reads from a project without opening it for good: nothing in its folder changes. Throws as openProject does. */
  peekProject<T>(folder: string, read: (look: ProjectLook) => T): T;
  /** What belongs to the app and to no project. */
  readonly app: AppData;
  /** Draws images for people. */
  readonly pictures: Pictures;
  /** What this machine can train on. */
  readonly devices: Devices;
  /** Does work that needs the machine for itself, when no other long request computes. `title`: what others wait for. */
  alone<T>(title: string, work: () => Promise<T>): Promise<T>;
  readonly emit: EmitEvent;
  /** Set when the caller gives up. */
  readonly signal: AbortSignal | undefined;
  /** Starts trainers. */
  readonly spawnProcess: SpawnProcess;
  /** Where the engine works through queued runs by itself; null where it only trains what it is told to. */
  readonly queue: RunQueue | null;
}

export type Handler<Name extends RequestName> = (
  payload: RequestPayload<Name>,
  call: HandlerCall,
) => Promise<RequestResults[Name]> | RequestResults[Name];

/** Handlers of some requests. */
export type HandlersOf<Names extends RequestName> = { readonly [Name in Names]: Handler<Name> };
