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
export class ThemeWatcher {
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
    // light-dark() is resolved only in a real colour property, so a probe element wears each token once.
    const probe = document.createElement('span');
    document.body.append(probe);
    const colour = (name: string) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    const isDark = scheme === 'dark' || (scheme !== 'light' && this.#dark.matches);
    const tokens: ChartTokens = {
      theme: isDark ? 'dark' : 'light',
      sheet: colour('--sheet'),
      ink: colour('--ink'),
      softInk: colour('--soft-ink'),
      rule: colour('--rule'),
      accent: colour('--accent'),
      good: colour('--good'),
      bad: colour('--bad'),
      sans,
    };
    probe.remove();
    return tokens;
  }
}
