// Puts a screen's actions into the top bar: `<div use:inTopBar>…</div>` anywhere in the screen.
export const topBarSlotId = 'top-bar-actions';

/**
 * Shows the element's content in the top bar while the element lives. The element itself stays where it is: Svelte takes a
 * screen away by walking from its first node to its last, and would get lost if one of them had moved.
 */
export function inTopBar(node: HTMLElement): { destroy(): void } {
  const host = document.createElement('div');
  host.style.display = 'contents';
  host.append(...node.childNodes);
  node.hidden = true;
  document.getElementById(topBarSlotId)?.append(host);
  return { destroy: () => host.remove() };
}
