// Starts trainers and tasks for the engine and carries their messages. Knows nothing of what they do.
import { join } from 'node:path';
import type { FromEngine, ToEngine } from '../ipc/engineControl.ts';

/** A process that was started, as this file needs it. */
export interface ForkedProcess {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

export type Fork = (request: {
  readonly file: string;
  readonly args: readonly string[];
  readonly logFile: string;
}) => ForkedProcess;

/** The only bundles that the engine may have started. */
const bundles: ReadonlySet<string> = new Set(['trainer.mjs', 'task.mjs', 'device.mjs']);

interface Child {
  readonly process: ForkedProcess;
  readonly outlives: boolean;
}

/** The children of one engine process. */
export class ChildProcesses {
  readonly #bundleFolder: string;
  readonly #fork: Fork;
  readonly #post: (message: ToEngine) => void;
  readonly #children = new Map<number, Child>();

  constructor(options: {
    readonly bundleFolder: string;
    readonly fork: Fork;
    readonly post: (message: ToEngine) => void;
  }) {
    this.#bundleFolder = options.bundleFolder;
    this.#fork = options.fork;
    this.#post = options.post;
  }

  get count(): number {
    return this.#children.size;
  }

  receive(message: Extract<FromEngine, { kind: `child.${string}` }>): void {
    const { child } = message;
    if (message.kind === 'child.start') this.#start(message);
    else if (message.kind === 'child.post') this.#children.get(child)?.process.post(message.message);
    else this.#children.get(child)?.process.kill();
  }

  /** The engine has ended: what only worked for it ends too, trainers go on. */
  engineEnded(): void {
    for (const { process, outlives } of this.#children.values()) if (!outlives) process.kill();
  }

  #start(order: Extract<FromEngine, { kind: 'child.start' }>): void {
    const { child, bundle, args, logFile, outlives } = order;
    if (!bundles.has(bundle)) {
      this.#post({ kind: 'child.ended', child, how: `${bundle} is none of the engine's programs` });
      return;
    }
    try {
      const process = this.#fork({ file: join(this.#bundleFolder, bundle), args, logFile });
      this.#children.set(child, { process, outlives });
      process.onMessage((message) => this.#post({ kind: 'child.message', child, message }));
      process.onExit((how) => {
        this.#children.delete(child);
        this.#post({ kind: 'child.ended', child, how });
      });
    } catch (cause) {
      this.#post({ kind: 'child.ended', child, how: String(cause) });
    }
  }
}
