// Saves what a chart exports (a picture, its numbers) where the person wants it.
import type { AppState } from '../state/appState.svelte.ts';

/** For a chart's `onSave`. */
export function saveChart(app: AppState): (file: { readonly name: string; readonly blob: Blob }) => void {
  return ({ name, blob }) => {
    void (async () => {
      await app.attempt('Saving the chart', async () => {
        await app.picker.saveBytes(name, new Uint8Array(await blob.arrayBuffer()), blob.type);
      });
    })();
  };
}
