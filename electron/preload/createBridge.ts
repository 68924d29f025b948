// The bridge between the page and the rest, made of the few things of Electron that it needs. It checks nothing: whoever
// receives does.
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';
import type { CloseAnswer, DesktopBridge, DesktopCommand, DesktopPlatform } from '../ipc/bridge.ts';
import type { InvocationName, InvocationOutcome, InvocationPayload, NoticeName } from '../ipc/channels.ts';

/** The page's end of its line to the engine. */
export interface BridgePort {
  postMessage(message: unknown): void;
  addEventListener(name: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start(): void;
  close(): void;
}

export interface BridgeSurroundings {
  readonly platform: DesktopPlatform;
  readonly version: string;
  invoke(name: InvocationName, payload: unknown): Promise<unknown>;
  /** `port` is there with `engine.port`. */
  onNotice(name: NoticeName, listener: (payload: unknown, port: BridgePort | undefined) => void): void;
  pathOfFile(file: File): string;
}

/** Listeners of one kind; each can be taken off. */
class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();
  #untold: { readonly value: Value } | null = null;

  readonly add = (listener: (value: Value) => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#untold) listener(this.#untold.value);
    this.#untold = null;
    return () => void this.#listeners.delete(listener);
  };

  /** What nobody listens to yet is kept for the first who does; of several, the last. */
  tell(value: Value): void {
    this.#untold = this.#listeners.size === 0 ? { value } : null;
    for (const listener of this.#listeners) listener(value);
  }
}

/** The page's connection to the engine. */
class EngineLine {
  readonly messages = new Listeners<EngineMessage>();
  readonly #states = new Set<(state: 'open' | 'lost') => void>();
  readonly #connect: () => void;
  #port: BridgePort | null = null;
  #state: 'open' | 'lost' | null = null;

  /** @param connect asks for the first port; those after it come by themselves. */
  constructor(connect: () => void) {
    this.#connect = connect;
  }

  /** The first listener opens the line: what the engine says first must not be missed. */
  onMessage(listener: (message: EngineMessage) => void): () => void {
    if (this.#state === null && this.#port === null) this.#connect();
    return this.messages.add(listener);
  }

  onConnection(listener: (state: 'open' | 'lost') => void): () => void {
    this.#states.add(listener);
    if (this.#state !== null) listener(this.#state);
    return () => void this.#states.delete(listener);
  }

  send(message: ClientMessage): void {
    this.#port?.postMessage(message);
  }

  take(port: BridgePort): void {
    this.#port?.close();
    this.#port = port;
    this.#tell('open');
    port.addEventListener('message', ({ data }) => this.messages.tell(data as EngineMessage));
    port.start();
  }

  lose(): void {
    this.#port?.close();
    this.#port = null;
    this.#tell('lost');
  }

  #tell(state: 'open' | 'lost'): void {
    this.#state = state;
    for (const listener of this.#states) listener(state);
  }
}

export function createBridge(surroundings: BridgeSurroundings): DesktopBridge {
  const invoke = async <Name extends InvocationName>(name: Name, payload: InvocationPayload<Name>) => {
    const outcome = (await surroundings.invoke(name, payload)) as InvocationOutcome<Name>;
    if (outcome.kind === 'result') return outcome.result;
    // Of an error, only the text passes to the page.
    throw new Error(outcome.error.message);
  };
  const line = new EngineLine(() => void invoke('engine.connect', {}));
  const commands = new Listeners<DesktopCommand>();
  const projects = new Listeners<string>();
  const closings = new Listeners<void>();
  surroundings.onNotice('engine.port', (_payload, port) => port && line.take(port));
  surroundings.onNotice('engine.lost', () => line.lose());
  surroundings.onNotice('command', (command) => commands.tell(command as DesktopCommand));
  surroundings.onNotice('project.open', (folder) => projects.tell(folder as string));
  surroundings.onNotice('close.asked', () => closings.tell());
  return Object.freeze<DesktopBridge>({
    platform: surroundings.platform,
    version: surroundings.version,
    send: (message) => line.send(message),
    onMessage: (listener) => line.onMessage(listener),
    onConnection: (listener) => line.onConnection(listener),
    chooseFolder: (options) => invoke('dialog.chooseFolder', options),
    chooseFile: (options) => invoke('dialog.chooseFile', options),
    chooseSavePath: (options) => invoke('dialog.chooseSavePath', options),
    saveFile: (options) => invoke('file.save', options),
    showInFolder: (path) => invoke('folder.show', { path }),
    pathOfFile: (file) => surroundings.pathOfFile(file),
    setTheme: (theme) => void invoke('theme.set', { theme }),
    setProgress: (share) => void invoke('progress.set', { share }),
    onCommand: commands.add,
    onOpenProject: projects.add,
    onCloseAsked: (listener) => closings.add(listener),
    answerClose: (answer: CloseAnswer) => void invoke('close.answer', { answer }),
  });
}
