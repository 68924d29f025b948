// Every screen of the app with a real project, in both themes and at two sizes: accessible, within the content policy,
// without an error on the page, and never wider than its window.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDemoProject } from '../../scripts/browser/demoProject.ts';
import { goTo, listScreens, settle, themes } from '../../scripts/browser/everyScreen.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';
import { findAxeViolations } from './axe.ts';
import { patienceMs, Person } from './person.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-screens-'));
const project = join(folder, 'Diatoms');
const sample = join(import.meta.dirname, '..', '..', 'resources', 'sample');
/** A moment's training of a tiny model on a few images: what it learns is of no interest here. */
const tiny = [
  'model.imageSize=32',
  'model.embedDim=32',
  'model.depth=1',
  'optimizer.epochs=4',
  'optimizer.warmupEpochs=1',
];
const imagesPerClass = 24;
let app: ServedApp;
let browser: Browser;

beforeAll(async () => {
  const images = join(folder, 'images');
  for (const name of readdirSync(sample, { withFileTypes: true })) {
    if (!name.isDirectory()) continue;
    for (const file of readdirSync(join(sample, name.name)).slice(0, imagesPerClass)) {
      cpSync(join(sample, name.name, file), join(images, name.name, file));
    }
  }
  await makeDemoProject({
    folder: project,
    images,
    length: tiny.flatMap((setting) => ['--set', setting]),
    supervisedMinutes: 0.02,
    environment: { THIMBLE_DATA: join(folder, 'data') },
    say: () => undefined,
  });
  [app, browser] = await Promise.all([serveApp({ folder }), launchBrowser()]);
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await app?.stop({ keepFolder: true });
  rmSync(folder, { recursive: true, force: true });
});

describe.each(themes)('in the %s theme', (theme) => {
  test(
    'every screen is accessible and keeps to its window and to the content policy',
    async () => {
      const person = await Person.sitDown(browser, app.url);
      const { page } = person;
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      const faults: Record<string, readonly string[]> = {};
      for (const [name, route] of listScreens(project, [1, 2])) {
        await goTo(page, route);
        await settle(page);
        await page.setViewportSize({ width: 1024, height: 700 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        const found = await findAxeViolations(page);
        if (overflow > 0) found.push(`${overflow} px wider than a window of 1024`);
        found.push(...person.complaints.splice(0));
        if (found.length > 0) faults[name] = found;
      }
      expect(faults).toEqual({});
    },
    patienceMs,
  );
});

test(
  'the palette is accessible over a screen, and Escape closes it',
  async () => {
    const person = await Person.sitDown(browser, app.url);
    const { page } = person;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await goTo(page, { screen: 'runs', project });
    await settle(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(300);
    expect(await findAxeViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(person.complaints).toEqual([]);
  },
  patienceMs,
);
