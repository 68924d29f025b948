// Puts a screen's actions into the top bar: `<div use:inTopBar>…</div>` anywhere in the screen.
export const topBarSlotId = 'top-bar-actions';

/** Moves the element into the top bar while it lives. */
export function inTopBar(node: HTMLElement): { destroy(): void } {
  document.getElementById(topBarSlotId)?.append(node);
  return { destroy: () => node.remove() };
}
