// Watches what a page's main thread does: processor time by kind, long tasks, presses to their next paint, layout shifts.
import type { CDPSession, Page } from 'playwright-core';

/** Milliseconds, but for the shift. Of scrolling per frame, of anything else in total. */
export interface PageFigure {
  readonly what: string;
  /** From the press to the next paint, as the browser tells it; of several the longest. */
  readonly responseMs: number | null;
  /** Work of the main thread, all of it. */
  readonly threadMs: number;
  readonly scriptMs: number;
  readonly styleMs: number;
  readonly layoutMs: number;
  /** Longest task above 50 ms; 0 where there was none. */
  readonly longestTaskMs: number;
  /** The longest that a small question to the engine waited meanwhile. */
  readonly engineMs: number | null;
  /** Cumulative layout shift that no press explains. */
  readonly layoutShift: number;
}

interface Seen {
  tasks: number[];
  responses: number[];
  shift: number;
}

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Has the page keep what it sees from its beginning; call it before the page is opened. */
export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.seen = { tasks: [], responses: [], shift: 0 };
    const observe = (options: PerformanceObserverInit, take: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
        buffered: true,
        ...options,
      });
    observe({ type: 'longtask' }, ({ duration }) => window.seen.tasks.push(duration));
    const event = { type: 'event', durationThreshold: 16 } as PerformanceObserverInit;
    observe(event, ({ duration }) => window.seen.responses.push(duration));
    observe({ type: 'layout-shift' }, (entry) => {
      const { value, hadRecentInput } = entry as PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      };
      if (!hadRecentInput) window.seen.shift += value;
    });
  });
}

async function readSeconds(session: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

export interface Measurement {
  readonly what: string;
  /** What the figures are divided by. */
  readonly frames?: number;
  /** Asks the engine something small again and again meanwhile; returns the longest wait. */
  readonly askEngine?: (until: Promise<unknown>) => Promise<number>;
  readonly work: () => Promise<unknown>;
}

/** Does something to the page and tells what that took of its thread. */
export async function measurePage(
  page: Page,
  session: CDPSession,
  { what, frames = 1, askEngine, work }: Measurement,
): Promise<PageFigure> {
  await page
    .evaluate(() => void (window.seen = { tasks: [], responses: [], shift: 0 }))
    .catch(() => undefined);
  const before = await readSeconds(session);
  const working = work();
  const asking = askEngine?.(working.catch(() => undefined));
  await working;
  const engineMs = (await asking) ?? null;
  // What was seen is told a moment later.
  await page.waitForTimeout(250);
  const after = await readSeconds(session);
  const seen = await page.evaluate(() => window.seen);
  const perFrame = (name: string) => (1000 * ((after.get(name) ?? 0) - (before.get(name) ?? 0))) / frames;
  return {
    what,
    responseMs: seen.responses.length === 0 ? null : Math.max(...seen.responses),
    threadMs: perFrame('TaskDuration'),
    scriptMs: perFrame('ScriptDuration'),
    styleMs: perFrame('RecalcStyleDuration'),
    layoutMs: perFrame('LayoutDuration'),
    longestTaskMs: Math.max(0, ...seen.tasks),
    engineMs,
    layoutShift: seen.shift,
  };
}
