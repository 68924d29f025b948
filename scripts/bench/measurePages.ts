// Goes through the screens that may be full, and measures each thing a person does there.
import type { Browser, Page } from 'playwright-core';
import { formatRoute, type Route } from '../../renderer/state/routes.ts';
import { measurePage, watchPage, type Measurement, type PageFigure } from './pageWatch.ts';

export interface PagesToMeasure {
  readonly browser: Browser;
  readonly url: string;
  readonly project: string;
  readonly say: (sentence: string) => void;
}

const frames = 60;

/** Scrolls the grid by so many pixels a frame, as a wheel or a held key does, and waits for each frame. */
async function scrollGrid(page: Page, pixelsPerFrame: number): Promise<void> {
  await page.evaluate(
    async ([count, pixels]) => {
      const scroller = document.querySelector('[role="grid"][aria-label="Images"]')!.parentElement!;
      for (let frame = 0; frame < count!; frame++) {
        scroller.scrollTop += pixels!;
        await new Promise(requestAnimationFrame);
      }
    },
    [frames, pixelsPerFrame],
  );
}

async function idleFrames(page: Page): Promise<void> {
  await page.evaluate(async (count) => {
    for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
  }, frames);
}

/** A picture's address asks the engine for a row and a small file: how long it takes is how long the engine is busy. */
function askForPicture(page: Page, project: string): NonNullable<Measurement['askEngine']> {
  return async (until) => {
    const done = new AbortController();
    void until.then(() => done.abort());
    let longestMs = 0;
    const address = new URL(`/image?project=${encodeURIComponent(project)}&image=1&size=96`, page.url()).href;
    while (!done.signal.aborted) {
      const startMs = performance.now();
      await page.context().request.get(address);
      longestMs = Math.max(longestMs, performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return longestMs;
  };
}

export async function measurePages({ browser, url, project, say }: PagesToMeasure): Promise<PageFigure[]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await watchPage(page);
  await page.goto(url);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const figures: PageFigure[] = [];
  const measure = async (measurement: Measurement) => {
    const figure = await measurePage(page, session, measurement);
    // At once, so that what was measured is not lost where a later part fails.
    say(JSON.stringify(figure));
    figures.push(figure);
  };
  const go = (route: Route) =>
    page.evaluate((hash) => void (location.hash = hash), formatRoute(route).replace(/^[^#]*#?/, '#'));
  const askEngine = askForPicture(page, project);
  const waitForText = (text: RegExp) => page.getByText(text).first().waitFor({ timeout: 120_000 });

  await measure({
    what: 'Images: counts are there',
    askEngine,
    work: async () => {
      await go({ screen: 'images', project, dataset: null });
      await waitForText(/[\d,]+ images in [\d,]+ classes/);
    },
  });
  await measure({
    what: 'Images: look-alikes are there',
    askEngine,
    work: () => waitForText(/look alike across|no pair looks alike/),
  });
  await page.locator('[role="gridcell"] img').first().waitFor();
  await page.waitForTimeout(1500);
  await measure({ what: 'idle, a frame', frames, work: () => idleFrames(page) });
  await measure({ what: 'scrolling slowly, a frame', frames, work: () => scrollGrid(page, 40) });
  await measure({ what: 'scrolling fast, a frame', frames, work: () => scrollGrid(page, 900) });
  await measure({ what: 'scrolling fast again, a frame', frames, work: () => scrollGrid(page, 900) });
  await measure({ what: 'idle again, a frame', frames, work: () => idleFrames(page) });

  await measure({
    what: 'Runs: opening 200',
    askEngine,
    work: async () => {
      await go({ screen: 'runs', project });
      await page.getByRole('table', { name: 'Runs' }).waitFor();
    },
  });
  const sorts = page.locator('th button');
  await measure({ what: 'Runs: sorting', work: () => sorts.first().click() });
  const find = page.getByLabel('Find');
  await measure({ what: 'Runs: filtering, ten keys', work: () => find.pressSequentially('lattice 19') });
  await find.fill('');
  await measure({
    what: 'Run: opening 20,000 points',
    askEngine,
    work: async () => {
      await go({ screen: 'run', project, run: 200 });
      await page.locator('canvas').nth(4).waitFor({ timeout: 60_000 });
    },
  });
  await page.waitForTimeout(1000);
  await measure({ what: 'Run: along steps', work: () => page.getByText('Steps', { exact: true }).click() });
  await measure({
    what: 'Run: along minutes',
    work: () => page.getByText('Minutes', { exact: true }).click(),
  });
  const runs = [200, 199, 198, 197, 196, 195, 194, 193];
  await measure({
    what: 'Compare: opening eight runs',
    askEngine,
    work: async () => {
      await go({ screen: 'compare', project, runs });
      await page.locator('canvas').first().waitFor({ timeout: 120_000 });
    },
  });
  await page.getByRole('combobox', { name: /^Curve/ }).click();
  await page.getByRole('option', { name: 'Loss' }).click();
  await page.waitForTimeout(1000);
  const slider = page.getByRole('slider', { name: 'Smoothing' });
  await slider.focus();
  await measure({
    what: 'Compare: smoothing, twenty steps',
    work: async () => {
      for (let step = 0; step < 20; step++) await slider.press('ArrowRight');
    },
  });
  await measure({
    what: 'Compare: along minutes',
    work: () => page.getByText('Minutes', { exact: true }).click(),
  });
  await page.close();
  return figures;
}
