// Starts the engine's trainers and tasks by asking the main process, which alone can start processes under Electron.
import { basename } from 'node:path';
import type { ChildHandle, SpawnProcess } from '../../engine/run/processes/childProcess.ts';
import type { FromEngine, ToEngine } from '../ipc/engineControl.ts';

interface Child {
  readonly settle: (how: string) => void;
  listener: (message: unknown) => void;
}

export class RemoteProcesses {
  readonly #post: (message: FromEngine) => void;
  readonly #children = new Map<number, Child>();
  #lastChild = 0;

  constructor(post: (message: FromEngine) => void) {
    this.#post = post;
  }

  readonly spawn: SpawnProcess = ({ file, args, logFile, outlives }): ChildHandle => {
    const child = ++this.#lastChild;
    const { promise: ended, resolve: settle } = Promise.withResolvers<string>();
    const entry: Child = { settle, listener: () => undefined };
    this.#children.set(child, entry);
    this.#post({ kind: 'child.start', child, bundle: basename(file), args, logFile, outlives });
    return {
      // Known to the main process alone; nothing here needs it.
      pid: null,
      post: (message) => {
        if (this.#children.has(child)) this.#post({ kind: 'child.post', child, message });
      },
      onMessage: (listener) => void (entry.listener = listener),
      ended,
      kill: () => {
        if (this.#children.has(child)) this.#post({ kind: 'child.kill', child });
      },
    };
  };

  /** Takes what the main process says about a child. */
  receive(message: Extract<ToEngine, { kind: `child.${string}` }>): void {
    const child = this.#children.get(message.child);
    if (message.kind === 'child.message') {
      child?.listener(message.message);
      return;
    }
    this.#children.delete(message.child);
    child?.settle(message.how);
  }
}
