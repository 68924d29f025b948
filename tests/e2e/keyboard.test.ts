// A person without a mouse: focus is where the next key is meant to go, on every way between screens and windows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject } from '../../engine/project/project.ts';
import { makeManyImages } from '../../scripts/bench/manyImages.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';
import { patienceMs, Person } from './person.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-keyboard-'));
const images = join(root, 'images');
let browser: Browser;
let app: ServedApp;
let page: Page;

beforeAll(async () => {
  const elsewhere = createProject(join(root, 'elsewhere'));
  await makeManyImages(elsewhere, { folder: images, images: 60, classes: 4 });
  elsewhere.close();
  [app, browser] = await Promise.all([serveApp(), launchBrowser()]);
  ({ page } = await Person.sitDown(browser, app.url));
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** What has the focus, by its name for screen readers or its words. */
function focused(): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    if (element === null || element === document.body) return 'nothing';
    if (element.id === 'content') return 'the content';
    return element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText;
  });
}

async function waitForFocus(name: string): Promise<void> {
  await expect.poll(focused, { timeout: patienceMs }).toBe(name);
}

/** Goes from control to control until one of this name has the focus. */
async function tabTo(name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs++) {
    if ((await focused()).trim() === name) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${name} cannot be reached, ${await focused()} has the focus`);
}

const longName = 'Keys of a piano that has more of them than any place in this window has room for';

test('a project is made, filled and looked at with keys alone', { timeout: 2 * patienceMs }, async () => {
  // The skip link stays on the screen.
  await page.getByRole('button', { name: 'New project' }).waitFor();
  await page.goto(`${page.url().split('#')[0]}#/settings`);
  await page.getByRole('link', { name: 'Skip to the content' }).press('Enter');
  expect(await focused()).toBe('the content');
  expect(page.url()).toContain('#/settings');
  await page.goto(`${page.url().split('#')[0]}#/`);

  // A folder that is let go on Home: a browser keeps to itself where it lies, and the page says so.
  await page.getByRole('button', { name: 'New project' }).waitFor();
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([''], 'images'));
    for (const kind of ['dragenter', 'drop'])
      window.dispatchEvent(new DragEvent(kind, { dataTransfer, cancelable: true }));
  });
  await page.getByText('A browser does not tell where a dropped folder lies').waitFor();

  // A window is ready to be written in, and Escape gives the focus back.
  await page.getByRole('button', { name: 'New project' }).first().press('Enter');
  await waitForFocus('Name');
  await page.keyboard.press('Escape');
  await waitForFocus('New project');
  await page.keyboard.press('Enter');
  await waitForFocus('Name');
  await page.keyboard.type(longName);
  await page.keyboard.press('Enter');

  // A new screen has the focus; a folder that was typed is the folder that is chosen.
  await waitForFocus('the content');
  await tabTo('Choose a folder');
  await page.keyboard.press('Enter');
  await waitForFocus('Folder');
  // Once the field shows where one is: before, there is nothing to select, and what comes would stand beside what is typed.
  const folder = page.getByRole('dialog').getByLabel('Folder', { exact: true });
  await expect.poll(() => folder.inputValue(), { timeout: patienceMs }).not.toBe('');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(images);
  await tabTo('Choose this folder');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText(images).waitFor();
  await tabTo('Import');
  await page.keyboard.press('Enter');
  await page.getByText(/60 images in 4 classes/).waitFor();
  // The button that was pressed went with what it belonged to.
  await expect.poll(focused, { timeout: patienceMs }).not.toBe('nothing');

  // What slid in goes with Escape, also from the screen beside it.
  await tabTo('New split');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'New split' });
  await drawer.waitFor();
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });

  // Another screen begins at its top, and going back finds the place again. Only the content scrolls.
  const scrolled = () => page.locator('#content').evaluate((content) => content.scrollTop);
  await tabTo('New run', 'Shift+Tab');
  await page.locator('#content').evaluate((content) => (content.scrollTop = 320));
  await expect.poll(scrolled).toBe(320);
  await page.keyboard.press('Enter');
  await waitForFocus('the content');
  await page.getByRole('heading', { name: 'How long?' }).waitFor();
  expect(await scrolled()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(
    0,
  );

  await page.evaluate(() => history.back());
  await expect.poll(scrolled, { timeout: patienceMs }).toBe(320);

  // A name that is cut is whole under the pointer.
  await page.setViewportSize({ width: 1024, height: 700 });
  const crumb = page.getByRole('navigation', { name: 'Breadcrumb' }).getByText(longName);
  await crumb.hover();
  expect(await page.locator(`[title="${longName}"]`).count()).toBeGreaterThan(0);
});
