// Every screen of the app with a project, and how to know that one has come to rest.
import type { Page } from 'playwright-core';
import { formatRoute, type Route } from '../../renderer/state/routes.ts';

export const themes = ['light', 'dark'] as const;

/** Names and routes; Results and Run show the last of the runs, Compare all of them. */
export function listScreens(project: string, runs: readonly number[]): readonly (readonly [string, Route])[] {
  const run = runs.at(-1)!;
  return [
    ['home', { screen: 'home' }],
    ['images', { screen: 'images', project, dataset: null }],
    ['newRun', { screen: 'newRun', project, from: null }],
    ['runs', { screen: 'runs', project }],
    ['run', { screen: 'run', project, run }],
    ['results', { screen: 'results', project, run }],
    ['compare', { screen: 'compare', project, runs }],
    ['compute', { screen: 'compute', project }],
    ['settings', { screen: 'settings', project }],
    ['glossary', { screen: 'glossary', project, term: 'kNN' }],
  ];
}

export async function goTo(page: Page, route: Route): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), formatRoute(route));
}

/** Waits until nothing loads any more: no skeletons, no pictures in sight under way, fonts there. Rejects after a minute. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(
    () =>
      document.querySelector('[aria-busy="true"]') === null &&
      [...document.images].every(
        (image) => image.complete || image.getBoundingClientRect().top > innerHeight,
      ) &&
      document.fonts.status === 'loaded',
    undefined,
    { timeout: 60_000 },
  );
  // Charts fade in.
  await page.waitForTimeout(400);
}
