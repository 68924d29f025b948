// Takes every screen in both themes at two sizes, of the real app with a real project.
// usage: npm run screenshots -- [--out FOLDER] [--images FOLDER] [--minutes M] [--project FOLDER --runs 1,2]
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDemoProject } from './browser/demoProject.ts';
import { goTo, listScreens, settle, themes } from './browser/everyScreen.ts';
import { launchBrowser } from './browser/launchBrowser.ts';
import { serveApp } from './browser/servedApp.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    images: { type: 'string', default: join(import.meta.dirname, '..', 'resources', 'sample') },
    minutes: { type: 'string', default: '1' },
    /** One that exists already, with two scored runs; else one is made. */
    project: { type: 'string' },
    runs: { type: 'string', default: '1,2' },
  },
});

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

const runs = values.runs.split(',').map(Number);

const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const app = await serveApp();
const browser = await launchBrowser();
try {
  const project = resolve(values.project ?? join(app.folder, 'Diatoms'));
  if (!existsSync(join(project, 'project.db'))) {
    await makeDemoProject({
      folder: project,
      images: values.images,
      length: ['--minutes', values.minutes],
      supervisedMinutes: Number(values.minutes) / 3,
      environment: { THIMBLE_DATA: join(app.folder, 'data') },
      say,
    });
  }
  for (const theme of themes) {
    for (const size of sizes) {
      const page = await browser.newPage({ viewport: size, colorScheme: theme });
      page.on('pageerror', (error) => say(`error on the page: ${error.message}`));
      await page.goto(app.url);
      for (const [name, route] of listScreens(project, runs)) {
        await goTo(page, route);
        await settle(page).catch(() => say(`${name} (${theme}) still loads after a minute`));
        const file = join(out, `${name}-${theme}-${size.width}.png`);
        await page.screenshot({ path: file });
        say(file);
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
  await app.stop();
}
