// What a person does at the screen, in words. Finds things as people and screen readers do: by role and name.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Real training and a busy machine take their time. */
export const patienceMs = 240_000;

export class Person {
  readonly page: Page;
  /** What the page itself reported as wrong. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async sitDown(browser: Browser, url: string): Promise<Person> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    const person = new Person(page);
    await person.#hearRefusals();
    await page.goto(url);
    return person;
  }

  /** What the content policy refused, with the place in the code where it was tried. */
  async #hearRefusals(): Promise<void> {
    await this.page.exposeFunction('complain', (text: string) => void this.complaints.push(text));
    await this.page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (refused) => {
        const { effectiveDirective, blockedURI, sourceFile, lineNumber, columnNumber, sample } = refused;
        const place = `${sourceFile}:${lineNumber}:${columnNumber}`;
        const { complain } = window as unknown as { complain: (text: string) => void };
        complain(`${effectiveDirective} refused ${blockedURI} ${sample} at ${place}`);
      });
    });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true }).first();
  }

  async click(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }

  async fill(label: string | RegExp, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).first().fill(text);
  }

  /** Waits until these words stand on the screen. */
  async read(words: string | RegExp): Promise<void> {
    await this.page.getByText(words).first().waitFor();
  }

  /** Follows a link of the sidebar. */
  async goTo(place: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place }).click();
  }

  /** Answers our own dialog for folders with a path. */
  async chooseFolder(path: string): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Folder', { exact: true }).fill(path);
    await dialog.getByRole('button', { name: 'Go', exact: true }).click();
    await dialog.getByRole('list', { name: 'Folders' }).waitFor();
    await expect
      .poll(() => dialog.getByLabel('Folder', { exact: true }).inputValue(), { timeout: patienceMs })
      .toBe(path);
    await dialog.getByRole('button', { name: 'Choose this folder' }).click();
  }

  /** Saves what is shown, for whoever wonders why a test failed. */
  async keepPicture(folder: string, name: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
}
