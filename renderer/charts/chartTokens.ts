// The tokens a canvas needs as plain values: read from the page and followed when the theme changes; light ones for exports.
import { createSubscriber } from 'svelte/reactivity';
import type { Theme } from './palette.ts';

export interface ChartTokens {
  readonly theme: Theme;
  readonly sheet: string;
  readonly ink: string;
  readonly softInk: string;
  readonly rule: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly sans: string;
}

const sans = "'IBM Plex Sans', sans-serif";

/** What exported charts use, whatever the screen's theme: they go on white paper. */
export const exportTokens: ChartTokens = {
  theme: 'light',
  sheet: '#FFFFFF',
  ink: '#1E2326',
  softInk: '#5B646A',
  rule: '#E4E0D8',
  accent: '#0B6E69',
  good: '#2E7D4F',
  bad: '#B3261E',
  sans,
};

/** Reads the page's tokens, and again when the theme changes while a reactive reader looks at it. */
class ThemeWatcher {
  #cached: ChartTokens | null = null;
  readonly #dark = window.matchMedia('(prefers-color-scheme: dark)');
  readonly #subscribe = createSubscriber((update) => {
    const change = () => {
      this.#cached = null;
      update();
    };
    const observer = new MutationObserver(change);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.#dark.addEventListener('change', change);
    return () => {
      observer.disconnect();
      this.#dark.removeEventListener('change', change);
      this.#cached = null;
    };
  });

  get tokens(): ChartTokens {
    this.#subscribe();
    this.#cached ??= this.#read();
    return this.#cached;
  }

  #read(): ChartTokens {
    const colours = readColours();
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    const isDark = scheme === 'dark' || (scheme !== 'light' && this.#dark.matches);
    return { theme: isDark ? 'dark' : 'light', ...colours, sans };
  }
}

const colourTokens = {
  sheet: '--sheet',
  ink: '--ink',
  softInk: '--soft-ink',
  rule: '--rule',
  accent: '--accent',
  good: '--good',
  bad: '--bad',
} as const;

/**
 * light-dark() is resolved only in a real colour property, so an element wears each token once. All are put into the page
 * before any is read: one pass over its styles, not one for each colour.
 */
function readColours(): Record<keyof typeof colourTokens, string> {
  const holder = document.createElement('span');
  const wearers = Object.entries(colourTokens).map(([name, token]) => {
    const wearer = document.createElement('span');
    wearer.style.color = `var(${token})`;
    holder.append(wearer);
    return [name, wearer] as const;
  });
  document.body.append(holder);
  const colours = wearers.map(([name, wearer]) => [name, getComputedStyle(wearer).color]);
  holder.remove();
  return Object.fromEntries(colours) as Record<keyof typeof colourTokens, string>;
}

let shared: ThemeWatcher | undefined;

/** The watcher of this page's theme: all charts read the same tokens, which are looked up once. */
export function pageTheme(): ThemeWatcher {
  return (shared ??= new ThemeWatcher());
}
