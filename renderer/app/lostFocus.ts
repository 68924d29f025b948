// A button that goes away with the focus (Pause becomes something else, a list is done) must not leave a keyboard or a
// screen reader at nothing: the focus goes to what is nearest to where it was.

const focusable =
  ':is(a[href], button, input, select, textarea, [tabindex="0"]):not(:disabled):not([tabindex="-1"])';

const hasNoFocus = () => document.activeElement === null || document.activeElement === document.body;

/** The element, then what it stands in, up to but without `frame`. */
function listAncestors(element: Element, frame: Element): Element[] {
  const chain: Element[] = [];
  for (let each: Element | null = element; each && each !== frame; each = each.parentElement)
    chain.push(each);
  return chain;
}

/**
 * Watches what has the focus in `frame`; once that is gone and nothing else took the focus, gives it to the nearest control
 * that is left, else to `content`. Returns what ends the watch.
 */
export function watchLostFocus(frame: HTMLElement, content: HTMLElement): () => void {
  let chain: readonly Element[] = [];

  const remember = ({ target }: FocusEvent) => {
    if (target instanceof Element) chain = listAncestors(target, frame);
  };

  // A click beside everything gives the focus up on purpose; a window that opens only borrows it.
  const forget = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null || !(target instanceof Element)) return;
    queueMicrotask(() => {
      if (target.isConnected && chain[0] === target && document.activeElement !== target) chain = [];
    });
  };

  const recover = () => {
    if (chain.length === 0 || chain[0]!.isConnected || !hasNoFocus()) return;
    const left = chain.filter((each) => each.isConnected);
    chain = [];
    const next = left.map((each) => each.querySelector<HTMLElement>(focusable)).find((each) => each !== null);
    (next ?? content).focus({ preventScroll: true });
  };

  const observer = new MutationObserver(() => {
    // What replaces it, or a window that gives the focus back, comes first.
    if (chain.length > 0 && !chain[0]!.isConnected) setTimeout(recover);
  });
  frame.addEventListener('focusin', remember);
  frame.addEventListener('focusout', forget);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    frame.removeEventListener('focusin', remember);
    frame.removeEventListener('focusout', forget);
  };
}
