// Where a screen is scrolled to: another one begins at its top, and going back finds the place that one came from.
import { tick } from 'svelte';
import type { Route } from '../state/routes.ts';

/** The part of a route that makes another page of it. Compare stays where it is while runs come and go. */
function pageOf(route: Route): string {
  const page = [route.screen, 'project' in route ? route.project : ''];
  if (route.screen === 'run' || route.screen === 'results') page.push(String(route.run));
  return page.join('\n');
}

/** What of the Navigation API is used; not every browser has it yet. */
interface Navigation extends EventTarget {
  readonly currentEntry: { readonly key: string } | null;
}
interface NavigateEvent extends Event {
  readonly navigationType: 'push' | 'replace' | 'reload' | 'traverse';
  readonly destination: { readonly key: string };
}

/** What a screen shows may still be on its way when one comes back to it. */
const patienceMs = 1_500;

export class ScrollPlaces {
  readonly #content: () => HTMLElement | undefined;
  readonly #places = new Map<string, number>();
  /** Where the navigation under way leads back to; null for one that goes on. */
  #wanted: number | null = null;
  #page: string | null = null;

  constructor(content: () => HTMLElement | undefined) {
    this.#content = content;
  }

  /** Watches navigations; returns what ends that. Without it every page begins at its top. */
  watch(): () => void {
    const { navigation } = globalThis as { readonly navigation?: Navigation };
    if (!navigation) return () => undefined;
    const onNavigate = (event: Event) => {
      const { navigationType, destination } = event as NavigateEvent;
      const here = navigation.currentEntry?.key;
      if (here !== undefined) this.#places.set(here, this.#content()?.scrollTop ?? 0);
      this.#wanted = navigationType === 'traverse' ? (this.#places.get(destination.key) ?? null) : null;
    };
    navigation.addEventListener('navigate', onNavigate);
    return () => navigation.removeEventListener('navigate', onNavigate);
  }

  /** Call it with each new route, before its screen is drawn: what the screen scrolls to by itself comes after. */
  show(route: Route): void {
    const page = pageOf(route);
    if (page === this.#page) return;
    this.#page = page;
    const wanted = this.#wanted;
    this.#wanted = null;
    const content = this.#content();
    if (!content) return;
    content.scrollTop = 0;
    if (wanted !== null && wanted > 0) void this.#restore(content, wanted, page);
  }

  async #restore(content: HTMLElement, top: number, page: string): Promise<void> {
    await tick();
    const startedMs = performance.now();
    const attempt = () => {
      // The person has gone on, or has scrolled already.
      if (page !== this.#page || content.scrollTop !== 0) return;
      const isHighEnough = content.scrollHeight - content.clientHeight >= top;
      if (isHighEnough) content.scrollTop = top;
      else if (performance.now() - startedMs < patienceMs) requestAnimationFrame(attempt);
    };
    attempt();
  }
}
