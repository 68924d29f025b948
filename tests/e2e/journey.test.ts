// The whole way of a person, in a real browser with real training: from nothing to two runs compared and saved.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';
import { nameSetting } from '../../renderer/state/settingWords.ts';
import { findAxeViolations } from './axe.ts';
import { patienceMs, Person } from './person.ts';

const root = join(import.meta.dirname, '..', '..');
const pictures = join(root, 'screenshots', 'failed');

/** Images to go the way with; the second set only where it is there. */
const sets = [
  { name: 'the sample', folder: join(root, 'resources', 'sample'), verdict: /\d images in 6 classes/ },
  {
    name: 'bees',
    folder: join(root, '..', 'shared', 'data', 'bee_pollen2'),
    verdict: /714 images in 2 classes/,
  },
];

/** Starts a run of a few steps of a tiny model, and waits for its end. */
async function train(person: Person, seed: number): Promise<void> {
  const { page } = person;
  await person.goTo('Runs');
  await person.click('New run');
  await page.getByLabel('Seed', { exact: true }).fill(String(seed));
  // What was chosen for the run before is kept for this one, and shown.
  const settings = page.getByRole('button', { name: /^All settings/ });
  if ((await settings.getAttribute('aria-expanded')) === 'false') await settings.click();
  for (const [words, value] of [
    ['optimizer.epochs', '1'],
    ['optimizer.warmupEpochs', '0.2'],
    ['model.embedDim', '32'],
    ['model.depth', '1'],
  ] as const) {
    await person.fill('Find a setting', nameSetting(words));
    const field = page.getByLabel(nameSetting(words), { exact: true }).first();
    await field.fill(value);
    await field.press('Tab');
  }
  await person.click('Start');
  await person.read('Finished');
}

async function score(person: Person): Promise<void> {
  const { page } = person;
  await person.click('Results');
  await person.click('Score this run');
  await page.getByRole('switch', { name: /supervised/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Score', exact: true }).click();
  // It goes on while other screens are looked at.
  await page.getByRole('progressbar').waitFor();
  const results = page.url();
  await person.goTo('Images');
  await person.read(/JPEG|PNG/);
  await page.goto(results);
  await page.getByRole('heading', { name: 'The ladder' }).waitFor();
}

describe.each(sets)('from a folder to a comparison: $name', ({ name, folder, verdict }) => {
  let app: ServedApp;
  let browser: Browser;
  let person: Person;

  beforeAll(async () => {
    if (!existsSync(folder)) return;
    app = await serveApp();
    browser = await launchBrowser();
    person = await Person.sitDown(browser, app.url);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await person?.keepPicture(pictures, `${name} ${task.name}`);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  test.skipIf(!existsSync(folder))(
    'new project, import, train twice, score, compare, save',
    async () => {
      const { page } = person;

      // A new project.
      await person.click('New project');
      await person.fill('Name', 'First light');
      await person.click('Create');

      // Import, and see what is there.
      await person.click('Choose a folder');
      await person.chooseFolder(folder);
      await person.click('Import');
      await person.read(verdict);
      expect(await findAxeViolations(page)).toEqual([]);

      // Two runs, trained and scored.
      await train(person, 1);
      expect(await findAxeViolations(page)).toEqual([]);
      await score(person);
      await person.read(/MIM-JEPA|test images cannot tell/);
      expect(await findAxeViolations(page)).toEqual([]);
      await train(person, 2);
      await score(person);

      // Side by side.
      await person.goTo('Compare');
      const boxes = page.getByRole('checkbox', { name: /seed [12]/ });
      // `all` takes what is there, also before the list has come.
      await boxes.nth(1).waitFor();
      for (const box of await boxes.all()) await box.check();
      await person.click('Compare 2 runs');
      await page.getByRole('heading', { name: 'Numbers' }).waitFor();
      await person.read('seed');
      expect(await findAxeViolations(page)).toEqual([]);

      // The table, to take away.
      const download = page.waitForEvent('download');
      await person.click('Save as CSV');
      const table = readFileSync(await (await download).path(), 'utf8');
      expect(table.split('\r\n')[0]).toContain('top1');
      expect(table.trim().split('\r\n')).toHaveLength(3);

      expect(person.complaints).toEqual([]);
    },
    4 * patienceMs,
  );
});
