// A real browser for end-to-end tests and screenshots: Chromium or Chrome of the system, else the one that the registry carries.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { unpackRegistryBrowser } from './registryBrowser.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function findInPath(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // Not there, or no `which`.
  }
}

/** The system's Chromium or Chrome; undefined where there is none. */
export function findSystemChromium(): string | undefined {
  const asked = process.env['THIMBLE_CHROMIUM'];
  const found = asked ?? names.map(findInPath).find((path) => path !== undefined);
  return found ?? places.find((path) => existsSync(path));
}

const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--force-color-profile=srgb',
];

/**
 * Starts a browser. Rejects where none can be had (the registry's runs on Linux x64 only). The package's own arguments are
 * for tiny servers: they put every page into one process, where one that dies takes the whole browser with it, and they
 * switch off the web's security, which tests here are about.
 */
export async function launchBrowser(): Promise<Browser> {
  const system = findSystemChromium();
  if (system !== undefined) return chromium.launch({ executablePath: system, args: quietArguments });
  const { executablePath, env } = await unpackRegistryBrowser();
  return chromium.launch({ executablePath, args: quietArguments, env: { ...process.env, ...env } });
}
