// The kit in a real browser: accessible in both themes, within the content policy, and its long lists and files as promised.
// With THIMBLE_SHOTS set to a folder, every part is also saved as a picture at two window sizes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveGallery, type GalleryPage } from './galleryPage.ts';

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const parts = ['actions', 'fields', 'states', 'lists', 'curves', 'charts'];
const shots = process.env['THIMBLE_SHOTS'];

let browser: Browser;
let gallery: GalleryPage;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([serveGallery(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await gallery?.stop();
});

async function open(
  part: string,
  theme = 'light',
  width = 1280,
  height = 800,
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
  const faults: string[] = [];
  page.on('console', (message) => {
    // The broken picture of the lists is broken on purpose; a page without an icon is told so.
    if (message.type() === 'error' && !/data:image|404/.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`${gallery.url}?theme=${theme}#${part}`);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(400);
  return { page, faults };
}

/** What floats lies at the end of the page, outside its landmarks, as menus and popovers must. */
async function findViolations(page: Page, floats = false): Promise<string[]> {
  await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], rules: { region: { enabled: ${!floats} } }, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((found) => found.violations)`,
  )) as AxeViolation[];
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n  ${failureSummary ?? ''}`)
        .join('\n')}`,
  );
}

/** Saves the page's first chart as SVG and returns where it lies. */
async function saveDrawing(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'Save this chart as' }).first().click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^[a-z-]+\.svg$/);
  if (!shots) return file.path();
  await file.saveAs(join(shots, name));
  return join(shots, name);
}

describe('the kit', () => {
  for (const theme of ['light', 'dark']) {
    test.each(parts)(`%s is accessible and breaks no policy, ${theme}`, async (part) => {
      const { page, faults } = await open(part, theme);
      expect(await findViolations(page)).toEqual([]);
      expect(faults).toEqual([]);
      if (shots) {
        await page.screenshot({ path: join(shots, `${part}-${theme}-1280.png`), fullPage: true });
        await page.setViewportSize({ width: 1024, height: 700 });
        await page.waitForTimeout(200);
        await page.screenshot({ path: join(shots, `${part}-${theme}-1024.png`), fullPage: true });
      }
      await page.close();
    });

    test(`what floats is accessible, ${theme}`, async () => {
      const { page, faults } = await open('actions', theme);
      for (const [button, role] of [
        ['Dialog', 'dialog'],
        ['Confirm', 'dialog'],
        ['Drawer', 'dialog'],
        ['More about this run', 'menu'],
        ['linear probe', 'dialog'],
      ] as const) {
        await page.getByRole('button', { name: button, exact: true }).click();
        await page.getByRole(role).waitFor();
        expect(await findViolations(page, true), button).toEqual([]);
        if (shots)
          await page.screenshot({ path: join(shots, `open-${button.replaceAll(' ', '-')}-${theme}.png`) });
        await page.keyboard.press('Escape');
        await page.getByRole(role).waitFor({ state: 'detached' });
        expect(
          await page.evaluate(
            () => document.activeElement?.textContent?.trim() || document.activeElement?.ariaLabel,
          ),
        ).toBe(button);
      }
      expect(faults).toEqual([]);
      await page.close();
    });
  }
});

describe('the tooltip', () => {
  test('comes on hover and on the keyboard’s focus, is tied to what it explains, and goes with Escape', async () => {
    const { page, faults } = await open('actions');
    const button = page.getByRole('button', { name: 'With a tooltip' });
    const tip = page.getByRole('tooltip');
    await button.hover();
    await tip.waitFor();
    expect(await tip.textContent()).toContain('in a few words');
    expect(await button.getAttribute('aria-describedby')).toBe(await tip.getAttribute('id'));
    const [above, below] = [await tip.boundingBox(), await button.boundingBox()];
    expect(above!.y + above!.height).toBeLessThanOrEqual(below!.y);
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'hidden' });
    expect(await button.getAttribute('aria-describedby')).toBeNull();
    await page.mouse.move(0, 0);
    await button.focus();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
    await tip.waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe('long lists', () => {
  test('a grid of 50,000 images draws what is in sight, and End reaches the last one', async () => {
    const { page } = await open('lists');
    const grid = page.getByRole('grid', { name: '50,000 images' });
    await grid.getByRole('gridcell').first().focus();
    expect(await grid.getByRole('gridcell').count()).toBeLessThan(120);
    await page.keyboard.press('End');
    const last = grid.locator('[data-index="49999"]');
    await last.waitFor();
    expect(await last.evaluate((cell) => cell === document.activeElement)).toBe(true);
    await expect.poll(() => last.getAttribute('aria-label')).toBe('image 50000');
    expect(await grid.getByRole('gridcell').count()).toBeLessThan(120);
    await page.close();
  });

  test('a table of 5,000 rows moves by keys and keeps few rows alive', async () => {
    const { page } = await open('lists');
    const table = page.getByRole('group', { name: '5,000 runs' });
    await table.locator('tr[data-index="0"]').focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-index')))
      .toBe('4999');
    await page.keyboard.press('ArrowUp');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-index')))
      .toBe('4998');
    expect(await table.locator('tbody tr').count()).toBeLessThan(60);
    await page.close();
  });
});

describe('charts', () => {
  test('the arrow keys read the values of a curve aloud', async () => {
    const { page } = await open('curves');
    await page.getByRole('img', { name: /^kNN accuracy/ }).focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.getByRole('status').first().textContent())
      .toMatch(/step 230: standard, seed 5 0\.5\d+/);
    await page.close();
  });

  test('a saved drawing holds its words as text, its lines and its whiskers', async () => {
    const { page } = await open('charts', 'dark');
    const svg = readFileSync(await saveDrawing(page, 'ladder.svg'), 'utf8');
    for (const words of ['The ladder', 'Random weights, kNN', 'accuracy on held-out images', '60 %']) {
      expect(svg).toContain(`>${words}</text>`);
    }
    expect(svg).toContain('IBM Plex Sans');
    // Five rungs have an interval: each is at least a line and two whiskers, besides the axis.
    expect(svg.match(/<path/g)!.length).toBeGreaterThan(15);
    expect(svg).not.toMatch(/NaN|undefined/);
    await page.close();
  });

  test('a saved drawing of curves holds the curves', async () => {
    const { page } = await open('curves');
    const svg = readFileSync(await saveDrawing(page, 'curve.svg'), 'utf8');
    expect(svg).toContain('>random weights 0.51</text>');
    // The run's blue line has a vertex at each of its 24 points.
    const strokes = [...svg.matchAll(/<path[^>]*>/g)]
      .map(([tag]) => tag)
      .filter((tag) => tag.includes('stroke="#0072B2"'));
    expect(Math.max(...strokes.map((tag) => tag.match(/ L /g)?.length ?? 0))).toBe(24);
    await page.close();
  });

  test('the numbers can be read as a table instead', async () => {
    const { page } = await open('charts');
    await page.getByRole('button', { name: 'Show the numbers' }).first().click();
    const table = page.getByRole('table', { name: 'The ladder' });
    expect(await table.getByRole('row').count()).toBe(7);
    expect(await table.textContent()).toContain('0.746');
    await page.close();
  });
});
