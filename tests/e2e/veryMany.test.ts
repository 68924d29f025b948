// Thousands of images and runs in a real browser: what exists of them, what is asked for, and that nothing jumps. Counts
// only, no clock, so that a slow machine changes nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, openProject } from '../../engine/project/project.ts';
import { formatRoute, type Route } from '../../renderer/state/routes.ts';
import { makeManyImages } from '../../scripts/bench/manyImages.ts';
import { makeManyRuns } from '../../scripts/bench/manyRuns.ts';
import { runThimble } from '../../scripts/browser/demoProject.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-many-'));
const project = join(root, 'project');
const imageCount = 2_000;
const runCount = 120;
let browser: Browser;
let app: ServedApp;
let page: Page;
/** Messages that the page sent to the engine. */
let sent = 0;

beforeAll(async () => {
  const made = createProject(project);
  const datasetId = await makeManyImages(made, {
    folder: join(root, 'images'),
    images: imageCount,
    classes: 40,
  });
  made.close();
  const environment = { THIMBLE_DATA: join(root, 'data') };
  await runThimble(['split', 'create', String(datasetId), '--project', project], environment);
  const again = openProject(project);
  makeManyRuns(again, { datasetId, splitId: 1, runs: runCount, points: 60, whole: 0 });
  again.close();
  [app, browser] = await Promise.all([serveApp(), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('websocket', (socket) => socket.on('framesent', () => (sent += 1)));
  await page.goto(app.url);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function go(route: Route): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), formatRoute(route));
}

const cells = () => page.locator('[role="grid"][aria-label="Images"] [role="gridcell"]');

test('of thousands of images only those in sight exist, and a jump asks once or twice', async () => {
  await go({ screen: 'images', project, dataset: null });
  await page.locator('[role="gridcell"] img').first().waitFor();
  await page
    .getByText(/alike across/)
    .first()
    .waitFor();
  const grid = page.getByRole('grid', { name: 'Images' });
  const columns = Number(await grid.getAttribute('aria-colcount'));
  expect(Number(await grid.getAttribute('aria-rowcount'))).toBe(Math.ceil(imageCount / columns));
  expect(await cells().count()).toBeLessThan(150);
  const before = sent;
  await grid.evaluate((field) => {
    field.parentElement!.scrollTop = field.parentElement!.scrollHeight;
  });
  await page.locator(`[data-index="${imageCount - 1}"] img`).waitFor();
  expect(sent - before).toBeLessThanOrEqual(4);
  expect(await cells().count()).toBeLessThan(150);
});

test('leafing through a page of rows that is known asks for nothing, frame by frame', async () => {
  const grid = page.getByRole('grid', { name: 'Images' });
  await grid.evaluate((field) => void (field.parentElement!.scrollTop = 0));
  await page.locator('[data-index="0"] img').waitFor();
  const before = sent;
  await grid.evaluate(async (field) => {
    for (let frame = 0; frame < 30; frame++) {
      field.parentElement!.scrollTop += 10;
      await new Promise(requestAnimationFrame);
    }
  });
  expect(sent - before).toBeLessThanOrEqual(2);
});

test('of many runs only those in sight are drawn, each finds its place by name', async () => {
  await go({ screen: 'runs', project });
  const table = page.getByRole('table', { name: 'Runs' });
  await table.waitFor();
  expect(await table.locator('tbody tr[data-index]').count()).toBeLessThan(60);
  await page.getByLabel('Find').fill('lattice 101');
  await expect.poll(() => table.locator('tbody tr[data-index]').count()).toBe(1);
});
