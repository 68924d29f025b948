// Words that are cut for want of room show whole under the pointer, wherever that is: one rule instead of a title on each.

function isCut(element: HTMLElement): boolean {
  const isWide = element.scrollWidth > element.clientWidth;
  const isHigh = element.scrollHeight > element.clientHeight;
  if (!isWide && !isHigh) return false;
  const { textOverflow, webkitLineClamp } = getComputedStyle(element);
  return (isWide && textOverflow === 'ellipsis') || (isHigh && webkitLineClamp !== 'none');
}

/** Gives cut text that has no title one while the pointer is on it. Returns what ends that. */
export function showCutText(root: HTMLElement): () => void {
  /** Those that have their title from here. */
  const titled = new WeakSet<HTMLElement>();
  const onOver = ({ target }: MouseEvent) => {
    if (!(target instanceof HTMLElement)) return;
    // The words may stand in a link inside what cuts them.
    const cut = [target, target.parentElement].find((each) => each !== null && isCut(each));
    if (!cut) return;
    if (titled.delete(cut)) cut.removeAttribute('title');
    if (cut.closest('[title]') || target.closest('[title]')) return;
    cut.title = cut.innerText.trim();
    titled.add(cut);
  };
  root.addEventListener('mouseover', onOver, { passive: true });
  return () => root.removeEventListener('mouseover', onOver);
}
