// The engine as the desktop app has it: one supervised process, this process as its client, and ports for the window.
import { MessageChannelMain, type MessagePortMain } from 'electron';
import type { RequestResults } from '../../engine/contract/contract.ts';
import { EngineError } from '../../engine/contract/errors.ts';
import type { RequestName, RequestPayload } from '../../engine/contract/requests.ts';
import type { EngineEventMessage, EngineMessage } from '../../engine/contract/wire.ts';
import type { ToEngine } from '../ipc/engineControl.ts';
import { ChildProcesses } from './childProcesses.ts';
import { EngineClient } from './engineClient.ts';
import { EngineSupervisor } from './engineSupervisor.ts';
import { places } from './places.ts';
import { forkWorker, startEngineProcess } from './utilityProcesses.ts';

export interface EngineListeners {
  readonly onEvent: (message: EngineEventMessage) => void;
  readonly onStarted: () => void;
  readonly onLost: () => void;
}

export class DesktopEngine {
  readonly #listeners: EngineListeners;
  readonly #supervisor: EngineSupervisor;
  #client: EngineClient | null = null;
  #children: ChildProcesses | null = null;

  constructor(listeners: EngineListeners) {
    this.#listeners = listeners;
    this.#supervisor = new EngineSupervisor({
      startEngine: () => startEngineProcess(places.engineEntry),
      onStarted: () => this.#connectSelf(),
      onLost: (how) => this.#lose(how),
      onChildMessage: (message, post) => this.#childrenOf(post).receive(message),
      now: () => performance.now(),
      wait: (durationMs, action) => void setTimeout(action, durationMs),
    });
  }

  start(): void {
    this.#supervisor.start();
  }

  /** Rejects with the engine's error; engine.lost while there is none. */
  async request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    signal?: AbortSignal,
  ): Promise<RequestResults[Name]> {
    if (!this.#client) throw new EngineError('engine.lost', `the engine is not there to answer ${name}`);
    return this.#client.request(name, payload, signal);
  }

  /** A port for a window; null while there is no engine. */
  openPort(): MessagePortMain | null {
    const { port1, port2 } = new MessageChannelMain();
    return this.#supervisor.connect(port1) ? port2 : null;
  }

  /** Also true between two runs of the queue, while the next one is only starting. */
  async isTraining(): Promise<boolean> {
    const { training, waiting } = await this.#supervisor.ask('listTraining');
    return training + waiting > 0;
  }

  async pauseTraining(): Promise<void> {
    await this.#supervisor.ask('pauseTraining');
  }

  close(): void {
    this.#supervisor.close();
  }

  #connectSelf(): void {
    const port = this.openPort();
    if (!port) return;
    const client = new EngineClient((message) => port.postMessage(message), this.#listeners.onEvent);
    port.on('message', ({ data }) => client.receive(data as EngineMessage));
    port.start();
    this.#client = client;
    this.#listeners.onStarted();
  }

  #lose(how: string): void {
    console.error(`The engine ended by itself (${how}); it is started again.`);
    this.#client?.close();
    this.#client = null;
    this.#children?.engineEnded();
    this.#children = null;
    this.#listeners.onLost();
  }

  /** Each engine process numbers its children anew, so each has a keeper of its own. */
  #childrenOf(post: (message: ToEngine) => void): ChildProcesses {
    this.#children ??= new ChildProcesses({ bundleFolder: places.engine, fork: forkWorker, post });
    return this.#children;
  }
}
