// What is killed while it works loses nothing, and the screen says what happened: the trainer, the engine, everything.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formatRoute } from '../../renderer/state/routes.ts';
import { runThimble } from '../../scripts/browser/demoProject.ts';
import { launchBrowser } from '../../scripts/browser/launchBrowser.ts';
import { serveApp, type ServedApp } from '../../scripts/browser/servedApp.ts';
import { patienceMs, Person } from './person.ts';

const root = join(import.meta.dirname, '..', '..');
const pictures = join(root, 'screenshots', 'failed');
/** Enough steps to be killed among, of a model so small that they soon pass. */
const settings = [
  'model.imageSize=32',
  'model.embedDim=16',
  'model.numHeads=1',
  'model.depth=1',
  'optimizer.epochs=30',
  'optimizer.warmupEpochs=1',
];

/** Processes that train a run of the project. */
function findTrainers(project: string): number[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return processes
    .filter((line) => line.includes('trainer.mjs') && line.includes(project))
    .map((line) => Number(line.trim().split(' ')[0]));
}

describe.skipIf(process.platform === 'win32')('killed while a run trains', () => {
  let browser: Browser;
  let app: ServedApp;
  let person: Person;
  let project: string;
  let runId = 0;

  const thimble = (...words: string[]) =>
    runThimble([...words, '--project', project], { THIMBLE_DATA: join(app.folder, 'data') });

  /** Makes a run and starts it from its screen. */
  async function startRun(): Promise<void> {
    const made = (await thimble(
      'run',
      'start',
      '1',
      '--queue',
      '--seed',
      String(runId),
      ...settings.flatMap((setting) => ['--set', setting]),
    )) as { readonly id: number };
    runId = made.id;
    await showRun();
    await person.read('Training started');
  }

  async function showRun(): Promise<void> {
    const hash = formatRoute({ screen: 'run', project, run: runId });
    await person.page.evaluate((wanted) => {
      location.hash = wanted;
    }, hash);
  }

  async function resumeToTheEnd(): Promise<void> {
    await person.click('Resume');
    await person.read('Training goes on from step');
    await person.page.getByText('Finished', { exact: true }).first().waitFor();
    const metrics = (await thimble('run', 'metrics', String(runId))) as readonly {
      readonly name: string;
      readonly steps: readonly number[];
    }[];
    const { steps } = metrics.find(({ name }) => name === 'loss')!;
    // Every step once: nothing was lost, nothing was counted twice.
    expect(steps).toEqual(steps.map((_step, index) => index));
  }

  beforeAll(async () => {
    app = await serveApp();
    project = join(app.folder, 'Killed');
    browser = await launchBrowser();
    await runThimble(['project', 'create', project], { THIMBLE_DATA: join(app.folder, 'data') });
    await thimble('dataset', 'import', join(root, 'resources', 'sample'));
    await thimble('split', 'create', '1');
    person = await Person.sitDown(browser, app.url);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await person.keepPicture(pictures, `killed ${task.name}`);
  });
  afterAll(async () => {
    for (const pid of findTrainers(project)) process.kill(pid, 'SIGKILL');
    await browser?.close();
    await app?.stop();
  });

  test(
    'the trainer: the run is shown as interrupted, and goes on when asked',
    async () => {
      await startRun();
      for (const pid of findTrainers(project)) process.kill(pid, 'SIGKILL');
      await person.page.getByText('Interrupted', { exact: true }).first().waitFor();
      await resumeToTheEnd();
    },
    2 * patienceMs,
  );

  test(
    'the engine: the page says so, and the run trains on without it',
    async () => {
      await startRun();
      await app.stop({ keepFolder: true, signal: 'SIGKILL' });
      await person.read('The engine has stopped');
      expect(findTrainers(project)).toHaveLength(1);
      app = await serveApp({ folder: app.folder });
      await person.page.close();
      person = await Person.sitDown(browser, app.url);
      await showRun();
      await person.page.getByText('Finished', { exact: true }).first().waitFor();
    },
    2 * patienceMs,
  );

  test(
    'everything: after a new start the run is interrupted where it was, and goes on',
    async () => {
      await startRun();
      await app.stop({ keepFolder: true, signal: 'SIGKILL' });
      for (const pid of findTrainers(project)) process.kill(pid, 'SIGKILL');
      app = await serveApp({ folder: app.folder });
      await person.page.close();
      person = await Person.sitDown(browser, app.url);
      await showRun();
      await person.page.getByText('Interrupted', { exact: true }).first().waitFor();
      await resumeToTheEnd();
    },
    2 * patienceMs,
  );
});
