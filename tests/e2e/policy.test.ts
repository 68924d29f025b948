// A tour of every screen and of everything that opens on it, to hear what the page complains of: the content policy above all.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, openProject } from '../../engine/project/project.ts';
import { formatRoute, type Route } from '../../renderer/state/routes.ts';
import { makeManyImages } from '../../scripts/bench/manyImages.ts';
import { makeManyRuns } from '../../scripts/bench/manyRuns.ts';
import { runThimble } from '../../scripts/browser/demoProject.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';
import { Person } from './person.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-policy-'));
const project = join(root, 'project');
let browser: Browser;
let app: ServedApp;
let person: Person;

beforeAll(async () => {
  const made = createProject(project);
  const datasetId = await makeManyImages(made, { folder: join(root, 'images'), images: 60, classes: 4 });
  made.close();
  const environment = { THIMBLE_DATA: join(root, 'data') };
  await runThimble(['split', 'create', String(datasetId), '--project', project], environment);
  const again = openProject(project);
  makeManyRuns(again, { datasetId, splitId: 1, runs: 2, points: 60, whole: 2 });
  again.close();
  [app, browser] = await Promise.all([serveApp(), launchBrowser()]);
  person = await Person.sitDown(browser, app.url);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function visit(route: Route): Promise<void> {
  await person.page.evaluate((hash) => void (location.hash = hash), formatRoute(route));
  await person.page.locator('main h1, main h2').first().waitFor({ state: 'attached' });
  await person.page.waitForTimeout(300);
}

/** Opens each menu, choice and term of the screen, shows each tooltip, and closes it again. */
async function openAll(): Promise<void> {
  const { page } = person;
  const openers = page.locator('main, header').locator('[aria-haspopup], [role="combobox"]');
  for (const opener of await openers.all()) {
    if (!(await opener.isVisible()) || (await opener.isDisabled())) continue;
    await opener.click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
  }
  for (const button of await page.locator('main button.icon').all()) {
    if (!(await button.isVisible())) continue;
    await button.focus();
    await page.keyboard.press('Shift');
  }
}

const inProject: readonly Route[] = [
  { screen: 'images', project, dataset: null },
  { screen: 'runs', project },
  { screen: 'newRun', project, from: null },
  { screen: 'run', project, run: 1 },
  { screen: 'results', project, run: 1 },
  { screen: 'compare', project, runs: [1, 2] },
  { screen: 'compare', project, runs: [] },
  { screen: 'compute', project },
  { screen: 'glossary', project, term: 'kNN' },
  { screen: 'settings', project },
];

test('no screen, and nothing that opens on it, breaks the content policy or reports an error', async () => {
  for (const route of inProject) {
    await visit(route);
    await openAll();
    expect(person.complaints, route.screen).toEqual([]);
  }
});

test('nor do the palette, a dialog, the picker above it, and a drawer', async () => {
  const { page } = person;
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('set');
  await page.keyboard.press('Escape');
  await visit({ screen: 'home' });
  await person.click('New project');
  await person.click('Elsewhere');
  await page.getByRole('list', { name: 'Folders' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await visit(inProject[0]!);
  await person.click('New split');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  expect(person.complaints).toEqual([]);
});

test('a run and a dataset are renamed in their dialog, which closes when the name is taken', async () => {
  const { page } = person;
  for (const [route, menu] of [
    [{ screen: 'run', project, run: 1 }, 'More to do with this run'],
    [inProject[0]!, 'More about these images'],
  ] as const) {
    await visit(route);
    await person.click(menu);
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(`by another name, ${route.screen}`);
    await dialog.getByRole('button', { name: 'Rename', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: `by another name, ${route.screen}` }).waitFor();
  }
  expect(person.complaints).toEqual([]);
});

test('such a complaint would be heard', async () => {
  await person.page.evaluate(() => {
    const style = document.createElement('style');
    style.textContent = 'body { opacity: 1 }';
    document.head.append(style);
  });
  await expect.poll(() => person.complaints.some((text) => text.includes('style-src'))).toBe(true);
});
