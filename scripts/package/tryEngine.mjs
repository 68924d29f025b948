// Proves that an engine's bundles work with the packages beside them: a project, the sample, a picture, a few training steps.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostedEngine } from './hostedEngine.mjs';

const trainingLimitMs = 120_000;

function assert(condition, problem) {
  if (!condition) throw new Error(problem);
}

async function waitFor(condition, limitMs, problem) {
  const startedAtMs = performance.now();
  while (!condition()) {
    assert(performance.now() - startedAtMs < limitMs, problem);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Throws with the first thing that does not work. `say` hears what was done. */
export async function tryEngine(bundleFolder, say = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-trial-'));
  const engine = new HostedEngine(bundleFolder, { THIMBLE_DATA: join(folder, 'data') });
  try {
    const project = join(folder, 'project');
    const { sampleFolder } = await engine.request('home.show', {});
    assert(
      existsSync(join(sampleFolder, 'manifest.json')),
      'the sample is not where the engine looks for it',
    );
    await engine.request('project.create', { folder: project });
    const dataset = await engine.request('dataset.import', { project, path: sampleFolder });
    say(`imported ${dataset.imageCount} images of the sample`);
    const { images } = await engine.request('image.list', { project, dataset: dataset.id, limit: 1 });
    const picture = await engine.request('image.render', { project, image: images[0].id, size: 64 });
    say(`drew one as ${picture.mime}, ${picture.bytes.byteLength} bytes`);
    await trainALittle(engine, project, dataset.id, say);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function trainALittle(engine, project, dataset, say) {
  const { split } = await engine.request('split.create', { project, dataset, seed: 1 });
  const run = await engine.request('run.create', { project, split: split.id, preset: 'quick' });
  await engine.request('run.enqueue', { project, run: run.id });
  const isUnderWay = () =>
    engine.events.some(({ name, event }) => name === 'run.progress' && event.step >= 2);
  await waitFor(isUnderWay, trainingLimitMs, 'no training step was made in two minutes');
  assert((await engine.ask('listTraining')).training === 1, 'the run that trains is not known');
  await engine.ask('pauseTraining');
  const { state, step } = await engine.request('run.show', { project, run: run.id });
  assert(state === 'paused' && step >= 2, `the run is ${state} at step ${step}, not paused`);
  say(`trained ${step} steps and paused`);
}
