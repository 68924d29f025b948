// The interface in a real browser, as `thimble serve` gives it out: inside its content policy, and talking to the engine.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';

let browser: Browser;
let app: ServedApp;

beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
});

describe('the served page', () => {
  test('opens by its address, loses the token from it, and hears from the engine without a fault', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    let framesReceived = 0;
    page.on('websocket', (socket) => socket.on('framereceived', () => (framesReceived += 1)));
    await page.goto(app.url);
    await expect.poll(() => framesReceived, { timeout: 30_000 }).toBeGreaterThan(1);
    await page.waitForFunction('document.body.innerText.trim().length > 0');
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(faults).toEqual([]);
    await page.close();
  });

  test('runs nothing inline and reaches nothing else', async () => {
    const page = await browser.newPage();
    await page.goto(app.url);
    const results = await page.evaluate(`(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<i style="position: fixed" onclick="window.wasRun = true"></i>');
      document.body.lastElementChild.click();
      const isReached = (url) => fetch(url, { mode: 'no-cors' }).then(() => true, () => false);
      return {
        wasRun: 'wasRun' in window,
        isStyled: getComputedStyle(document.body.lastElementChild).position === 'fixed',
        other: await isReached('http://localhost:' + location.port + '/'),
        own: await isReached('/'),
      };
    })()`);
    expect(results).toEqual({ wasRun: false, isStyled: false, other: false, own: true });
    await page.close();
  });

  test('another browser without the token sees nothing', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const answer = await page.goto(new URL('/', app.url).href);
    expect(answer!.status()).toBe(401);
    expect(await page.innerText('body')).toContain('thimble serve');
    await context.close();
  });
});
