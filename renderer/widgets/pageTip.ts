// The page's one tooltip. A page has hundreds of things with a tip and shows one at a time, so each of them costs no more than
// its listeners: a table of icon buttons, each with a layer of its own, took most of the time of opening its screen.

export type TipSide = 'top' | 'bottom' | 'left' | 'right';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const gapPx = 6;
const edgePx = 8;
/** How long the pointer may take from the thing to its tip, which one may want to select from. */
const leaveMs = 120;

const opposites = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;

function placeAt(side: TipSide, thing: Box, tip: Size): { left: number; top: number } {
  const middle = {
    left: thing.left + (thing.width - tip.width) / 2,
    top: thing.top + (thing.height - tip.height) / 2,
  };
  if (side === 'top') return { ...middle, top: thing.top - tip.height - gapPx };
  if (side === 'bottom') return { ...middle, top: thing.top + thing.height + gapPx };
  if (side === 'left') return { ...middle, left: thing.left - tip.width - gapPx };
  return { ...middle, left: thing.left + thing.width + gapPx };
}

/** Where a tip stands: on its side, on the other where that has no room, and never over the window's edges. */
export function placeTip(side: TipSide, thing: Box, tip: Size, view: Size): { left: number; top: number } {
  const fits = ({ left, top }: { left: number; top: number }) =>
    left >= edgePx &&
    top >= edgePx &&
    left + tip.width <= view.width - edgePx &&
    top + tip.height <= view.height - edgePx;
  const wanted = placeAt(side, thing, tip);
  const other = placeAt(opposites[side], thing, tip);
  const { left, top } = !fits(wanted) && fits(other) ? other : wanted;
  const within = (at: number, size: number, room: number) =>
    Math.max(edgePx, Math.min(at, room - size - edgePx));
  return { left: within(left, tip.width, view.width), top: within(top, tip.height, view.height) };
}

export interface TipOf {
  readonly thing: HTMLElement;
  readonly text: string;
  readonly side: TipSide;
}

export class PageTip {
  #element: HTMLElement | null = null;
  #shown: TipOf | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #hideOnKey = (event: KeyboardEvent) => void (event.key === 'Escape' && this.hide());
  readonly #hide = () => this.hide();
  readonly #follow = () => void (this.#shown && this.#draw(this.#shown));

  showSoon(tip: TipOf, delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#shown?.thing === tip.thing) return;
    this.hide();
    this.#timer = setTimeout(() => this.show(tip), delayMs);
  }

  show(tip: TipOf): void {
    this.hide();
    if (!tip.thing.isConnected) return;
    this.#shown = tip;
    this.#draw(tip);
    // What is its name already would be read twice.
    if (tip.thing.getAttribute('aria-label') !== tip.text)
      tip.thing.setAttribute('aria-describedby', this.#place().id);
    document.addEventListener('keydown', this.#hideOnKey, true);
    document.addEventListener('pointerdown', this.#hide, true);
    document.addEventListener('scroll', this.#follow, true);
  }

  /** Says something else of a thing, where its tip is shown. */
  reword(thing: HTMLElement, text: string): void {
    if (this.#shown?.thing !== thing || this.#shown.text === text) return;
    this.#shown = { ...this.#shown, text };
    this.#draw(this.#shown);
  }

  hideSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#hide, leaveMs);
  }

  /** Hides what is shown and forgets what was to be; with a thing only where it is that one's. */
  hide(thing?: HTMLElement): void {
    if (thing !== undefined && this.#shown?.thing !== thing) return;
    clearTimeout(this.#timer);
    if (this.#shown === null) return;
    this.#shown.thing.removeAttribute('aria-describedby');
    this.#shown = null;
    this.#place().hidden = true;
    document.removeEventListener('keydown', this.#hideOnKey, true);
    document.removeEventListener('pointerdown', this.#hide, true);
    document.removeEventListener('scroll', this.#follow, true);
  }

  #draw({ thing, text, side }: TipOf): void {
    const element = this.#place();
    element.textContent = text;
    element.hidden = false;
    const view = { width: window.innerWidth, height: window.innerHeight };
    const { left, top } = placeTip(
      side,
      thing.getBoundingClientRect(),
      element.getBoundingClientRect(),
      view,
    );
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
  }

  #place(): HTMLElement {
    if (this.#element === null) {
      this.#element = document.createElement('div');
      this.#element.className = 'thimble-tooltip';
      this.#element.id = 'thimble-tooltip';
      this.#element.role = 'tooltip';
      this.#element.hidden = true;
      this.#element.addEventListener('pointerenter', () => clearTimeout(this.#timer));
      this.#element.addEventListener('pointerleave', () => this.hideSoon());
      document.body.append(this.#element);
    }
    return this.#element;
  }
}

let shared: PageTip | undefined;

export function pageTip(): PageTip {
  return (shared ??= new PageTip());
}
