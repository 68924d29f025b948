// Keyboard shortcuts of the whole app. Nothing happens while a person types, but for those with a modifier key.
import type { AppState } from '../state/appState.svelte.ts';
import { listCommands } from './commands.ts';

const isMac = typeof navigator !== 'undefined' && navigator.platform.startsWith('Mac');

/** `mod+k`, `mod+,`, `g i`…: the modifier is Command on a Mac, Control elsewhere. */
function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1)!;
  const needsMod = parts.includes('mod');
  // Control is not the modifier on a Mac: there its keys move in texts.
  const hasMod = isMac ? event.metaKey : event.ctrlKey;
  return event.key.toLowerCase() === key && hasMod === needsMod && event.shiftKey === parts.includes('shift');
}

/** Keys as this system writes them: `⌘K`, `Ctrl K`. */
export function spellKeys(keys: string): string {
  const names: Readonly<Record<string, string>> = isMac
    ? { mod: '⌘', shift: '⇧' }
    : { mod: 'Ctrl', shift: 'Shift' };
  return keys
    .split('+')
    .map((key) => names[key] ?? key.toUpperCase())
    .join(isMac ? '' : ' ');
}

/** Listens until the returned function is called. */
export function listenForShortcuts(app: AppState): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey) return;
    if (matches(event, 'mod+k')) {
      event.preventDefault();
      app.isPaletteOpen = !app.isPaletteOpen;
      return;
    }
    const command = listCommands(app).find(({ keys }) => keys !== undefined && matches(event, keys));
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  window.addEventListener('keydown', onKey);
  const stopMenu = app.desktop?.onCommand((id) => {
    if (id === 'palette') app.isPaletteOpen = true;
    else
      listCommands(app)
        .find((command) => command.id === id)
        ?.run();
  });
  return () => {
    window.removeEventListener('keydown', onKey);
    stopMenu?.();
  };
}
