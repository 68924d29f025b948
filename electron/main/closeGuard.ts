// Decides what happens when a person closes the window or quits while a run trains: the person does. Nothing that trains
// ends without having been asked about or paused.
import type { CloseAnswer } from '../ipc/bridge.ts';

export interface CloseSurroundings {
  /** Rejects where the engine cannot tell. */
  isTraining(): Promise<boolean>;
  /** Shows the question; its answer comes through `answer`. */
  ask(): void;
  /** The same question by the system's own means, for a page that does not show it. */
  askNatively(): void;
  /** The window goes, the app stays. */
  hide(): void;
  /** Resolves when every run has written its checkpoint. */
  pauseTraining(): Promise<void>;
  /** Ends the app; `mayQuit` is true from here on. */
  quit(): void;
}

type State = 'open' | 'checking' | 'asked' | 'background' | 'pausing' | 'quitting';

export class CloseGuard {
  readonly #surroundings: CloseSurroundings;
  #state: State = 'open';
  /** As the engine said last. */
  #wasTraining = false;

  constructor(surroundings: CloseSurroundings) {
    this.#surroundings = surroundings;
  }

  get mayQuit(): boolean {
    return this.#state === 'quitting';
  }

  /** Runs train on while no window shows. */
  get isInBackground(): boolean {
    return this.#state === 'background';
  }

  /** The person closes the last window or quits. */
  async request(): Promise<void> {
    if (this.#state === 'asked') return this.#surroundings.askNatively();
    if (this.#state === 'checking' || this.#state === 'pausing' || this.#state === 'quitting') return;
    this.#state = 'checking';
    if (await this.#isTraining()) {
      this.#state = 'asked';
      this.#surroundings.ask();
    } else {
      this.#quit();
    }
  }

  /** The person's answer. Ignored where nothing was asked. */
  async answer(answer: CloseAnswer): Promise<void> {
    if (this.#state !== 'asked') return;
    if (answer === 'cancel') {
      this.#state = 'open';
    } else if (answer === 'background') {
      this.#state = 'background';
      this.#surroundings.hide();
    } else {
      await this.pauseAndQuit();
    }
  }

  /** Pauses what trains, then quits: also for the tray's menu, and when the system shuts down. */
  async pauseAndQuit(): Promise<void> {
    if (this.#state === 'pausing' || this.#state === 'quitting') return;
    this.#state = 'pausing';
    try {
      await this.#surroundings.pauseTraining();
    } catch {
      // The engine is gone or silent. Checkpoints are whole at any moment, so quitting loses little.
    }
    this.#quit();
  }

  /** The window was brought back. */
  shown(): void {
    if (this.#state === 'background') this.#state = 'open';
  }

  /** Something about runs changed: an app in the background has no more to do once nothing trains. */
  async runsChanged(): Promise<void> {
    if (!(await this.#isTraining()) && this.isInBackground) this.#quit();
  }

  async #isTraining(): Promise<boolean> {
    try {
      this.#wasTraining = await this.#surroundings.isTraining();
    } catch {
      // The engine is being started again; what it trained goes on without it, and counts.
    }
    return this.#wasTraining;
  }

  #quit(): void {
    this.#state = 'quitting';
    this.#surroundings.quit();
  }
}
