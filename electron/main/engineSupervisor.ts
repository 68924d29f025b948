// Keeps the engine running: starts it, hands out ports, starts it again when it ended by itself. Holds no Electron: how
// a process and a port are made is handed in.
import { EngineError } from '../../engine/contract/errors.ts';
import type { EngineQuestion, FromEngine, ToEngine, TrainingAnswer } from '../ipc/engineControl.ts';
import { RestartBackoff } from './restartBackoff.ts';

/** A living engine process. */
export interface EngineProcess {
  /** `port` goes along, if there is one. */
  post(message: ToEngine, port?: unknown): void;
  onMessage(listener: (message: FromEngine) => void): void;
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

export interface EngineSurroundings {
  startEngine(): EngineProcess;
  /** A new engine listens. */
  onStarted(): void;
  onLost(how: string): void;
  /** Told what an engine process asks about children; `post` answers it. */
  onChildMessage(
    message: Extract<FromEngine, { kind: `child.${string}` }>,
    post: (message: ToEngine) => void,
  ): void;
  readonly now: () => number;
  readonly wait: (durationMs: number, action: () => void) => void;
}

const questionTimeoutMs = 90_000;

export class EngineSupervisor {
  readonly #surroundings: EngineSurroundings;
  readonly #backoff = new RestartBackoff();
  readonly #questions = new Map<number, PromiseWithResolvers<TrainingAnswer>>();
  #engine: EngineProcess | null = null;
  #isClosed = false;
  #lastQuestion = 0;

  constructor(surroundings: EngineSurroundings) {
    this.#surroundings = surroundings;
  }

  start(): void {
    const startedAtMs = this.#surroundings.now();
    const engine = this.#surroundings.startEngine();
    this.#engine = engine;
    engine.onMessage((message) => this.#receive(engine, message));
    engine.onExit((how) => this.#handleExit(how, startedAtMs));
    this.#surroundings.onStarted();
  }

  /** Connects a client; false while there is no engine. */
  connect(port: unknown): boolean {
    this.#engine?.post({ kind: 'connect' }, port);
    return this.#engine !== null;
  }

  /** Rejects with engine.lost where the engine cannot answer. */
  ask(question: EngineQuestion): Promise<TrainingAnswer> {
    if (!this.#engine) return Promise.reject(new EngineError('engine.lost', 'the engine is not there'));
    const id = ++this.#lastQuestion;
    const asked = Promise.withResolvers<TrainingAnswer>();
    this.#questions.set(id, asked);
    this.#surroundings.wait(questionTimeoutMs, () => this.#fail(id, 'the engine did not answer in time'));
    this.#engine.post({ kind: 'ask', id, question });
    return asked.promise;
  }

  /** Ends the engine for good. */
  close(): void {
    this.#isClosed = true;
    this.#engine?.kill();
  }

  #receive(engine: EngineProcess, message: FromEngine): void {
    if (message.kind === 'answer') {
      this.#questions.get(message.id)?.resolve(message.answer);
      this.#questions.delete(message.id);
    } else if (message.kind === 'failure') {
      this.#fail(message.id, message.error.message);
    } else {
      this.#surroundings.onChildMessage(message, (reply) => {
        // A later engine counts its children anew and must not hear of these.
        if (this.#engine === engine) engine.post(reply);
      });
    }
  }

  #fail(id: number, why: string): void {
    this.#questions.get(id)?.reject(new EngineError('engine.lost', why));
    this.#questions.delete(id);
  }

  #handleExit(how: string, startedAtMs: number): void {
    this.#engine = null;
    for (const id of this.#questions.keys()) this.#fail(id, `the engine ended: ${how}`);
    if (this.#isClosed) return;
    this.#surroundings.onLost(how);
    const livedMs = this.#surroundings.now() - startedAtMs;
    this.#surroundings.wait(this.#backoff.nextWaitMs(livedMs), () => {
      if (!this.#isClosed) this.start();
    });
  }
}
