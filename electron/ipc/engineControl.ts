// What the main process and the engine's process say to each other besides the contract's messages: Electron lets only the
// main process start processes, so the engine asks it to.
import type { SerializedError } from '../../engine/contract/errors.ts';

/** What the main process asks about training. */
export type EngineQuestion = 'listTraining' | 'pauseTraining';

export interface TrainingAnswer {
  /** Runs that train now. */
  readonly training: number;
  /** Runs that will train when their turn comes. */
  readonly waiting: number;
}

export type ToEngine =
  /** Carries a port: serve this client. */
  | { readonly kind: 'connect' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: EngineQuestion }
  | { readonly kind: 'child.message'; readonly child: number; readonly message: unknown }
  | { readonly kind: 'child.ended'; readonly child: number; readonly how: string };

export type FromEngine =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: TrainingAnswer }
  | { readonly kind: 'failure'; readonly id: number; readonly error: SerializedError }
  | {
      readonly kind: 'child.start';
      /** Chosen by the engine, rising. */
      readonly child: number;
      /** Name of a bundle beside the engine's. */
      readonly bundle: string;
      readonly args: readonly string[];
      readonly logFile: string;
      readonly outlives: boolean;
    }
  | { readonly kind: 'child.post'; readonly child: number; readonly message: unknown }
  | { readonly kind: 'child.kill'; readonly child: number };
