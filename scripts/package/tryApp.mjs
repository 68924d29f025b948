// Proves that a packaged app works as it is, archive, fuses and all: started, it makes a project of the sample, shows a
// picture, trains, pauses and ends. usage: tryApp.mjs PROGRAM
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PageClient } from './pageClient.mjs';

const runLimitMs = 180_000;
const endLimitMs = 30_000;

function assert(condition, problem) {
  if (!condition) throw new Error(problem);
}

async function waitUntil(condition, problem) {
  const startedAtMs = performance.now();
  while (!(await condition())) {
    assert(performance.now() - startedAtMs < runLimitMs, problem);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Why no app can be started here; null where one can. */
export function findObstacle() {
  if (process.platform !== 'linux') return null;
  if (process.getuid() === 0) return 'Electron does not run for root';
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? null : 'there is no display';
}

async function showPicture(page, project, dataset) {
  const { images } = await page.request('image.list', { project, dataset, limit: 1 });
  const query = new URLSearchParams({ project, image: String(images[0].id), size: '64' });
  return page.evaluate(
    `new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(Math.max(image.naturalWidth, image.naturalHeight));
      image.onerror = () => resolve(0);
      image.src = ${JSON.stringify(`app://thimble/image?${query}`)};
    })`,
  );
}

async function train(page, project, dataset) {
  const { split } = await page.request('split.create', { project, dataset, seed: 1 });
  const { id: run } = await page.request('run.create', { project, split: split.id, preset: 'quick' });
  await page.request('run.enqueue', { project, run });
  const show = () => page.request('run.show', { project, run });
  await waitUntil(async () => {
    const { state, step } = await show();
    assert(state !== 'failed', 'the run failed');
    return step >= 2;
  }, 'no training step was made in time');
  await page.request('run.pause', { project, run });
  await waitUntil(async () => (await show()).state === 'paused', 'the run was not paused in time');
  const { step } = await show();
  return step;
}

/** Throws with the first thing that does not work. `say` hears what was done. */
export async function tryApp(program, say = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-app-'));
  const page = new PageClient();
  try {
    await page.start(program, folder);
    const project = join(folder, 'project');
    const { sampleFolder } = await page.request('home.show', {});
    assert(existsSync(join(sampleFolder, 'manifest.json')), 'the sample is not where the app looks for it');
    await page.request('project.create', { folder: project });
    const dataset = await page.request('dataset.import', { project, path: sampleFolder });
    say(`the app started and imported ${dataset.imageCount} images`);
    assert((await showPicture(page, project, dataset.id)) === 64, 'it shows no picture');
    say(`it showed a picture, trained ${await train(page, project, dataset.id)} steps and paused`);
    const code = await page.closeWindow(endLimitMs);
    assert(code === 0, `it ended with exit code ${code}`);
    say('it ended when its window was closed');
  } catch (cause) {
    throw new Error(`${cause.message}\n${page.output.slice(-2_000)}`, { cause });
  } finally {
    page.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await tryApp(process.argv[2], (sentence) => console.log(sentence));
}
