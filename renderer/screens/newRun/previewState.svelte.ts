// What the model will see: six of the person's images as a training step gets them, drawn anew when the settings change.
import type { EngineError } from '../../../engine/contract/errors.ts';
import type { ModelView } from '../../../engine/contract/images.ts';
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { RunSettings } from './draft.ts';
import { Latest } from './latest.ts';

export const shownImages = 6;

export class PreviewState {
  /** Null until the first were drawn; the old ones stay while new ones are drawn. */
  views = $state.raw<readonly ModelView[] | null>(null);
  error = $state.raw<EngineError | null>(null);
  isBusy = $state(false);
  /** Chosen by the person; null: the engine chooses. */
  images = $state.raw<readonly number[] | null>(null);
  draw = $state(0);
  readonly #latest: Latest<RunSettings, readonly ModelView[]>;
  #asked: string | null = null;

  constructor(client: EngineClient, restMs = 350) {
    this.#latest = new Latest<RunSettings, readonly ModelView[]>({
      restMs,
      ask: ({ minutes: _minutes, ...settings }, signal) => {
        const chosen = this.images === null ? {} : { images: [...this.images] };
        const payload = { ...settings, count: shownImages, draw: this.draw, ...chosen };
        return client.request('image.preview', payload, { signal });
      },
      onAnswer: (views) => {
        this.views = views;
        this.error = null;
        this.isBusy = false;
      },
      onError: (error) => {
        this.error = error as EngineError;
        this.isBusy = false;
      },
    });
  }

  /** Draws what these settings give, unless that is what is shown or being drawn already. */
  show(settings: RunSettings, restMs?: number): void {
    // The time budget changes nothing that the model sees.
    const asked = JSON.stringify([{ ...settings, minutes: null }, this.draw, this.images]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.isBusy = true;
    this.#latest.ask(settings, restMs);
  }

  drawAgain(): void {
    this.draw += 1;
  }

  choose(images: readonly number[] | null): void {
    this.images = images;
  }

  stop(): void {
    this.#latest.stop();
    this.#asked = null;
    this.isBusy = false;
  }
}
