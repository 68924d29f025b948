// The engine as an app uses it: tasks in processes of their own, a queue that works by itself, and news of every run.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineEventName, EngineEvents, TaskProgress } from '../../../engine/contract/contract.ts';
import type { RequestPayload } from '../../../engine/contract/requests.ts';
import type { RunDetails } from '../../../engine/contract/run.ts';
import { runFolder } from '../../../engine/project/project.ts';
import { Engine, type EngineOptions } from '../../../engine/run/engine.ts';
import {
  spawnNodeProcess,
  type ChildHandle,
  type SpawnProcess,
} from '../../../engine/run/processes/childProcess.ts';
import { isRunLocked } from '../../../engine/run/training/runLock.ts';
import { createTinyProject, type TinyProject } from './training/tinyProject.ts';

interface Told {
  readonly project: string | null;
  readonly name: EngineEventName;
  readonly event: EngineEvents[EngineEventName];
}

const open: { close(): void }[] = [];
const projects: TinyProject[] = [];
let tiny: TinyProject;
beforeEach(async () => {
  tiny = await createProject();
});
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
  for (const project of projects.splice(0)) project.remove();
});

async function createProject(): Promise<TinyProject> {
  const project = await createTinyProject();
  projects.push(project);
  return project;
}

function startEngine(options: EngineOptions = {}): { engine: Engine; told: Told[] } {
  const told: Told[] = [];
  const broadcast: EngineOptions['broadcast'] = (project, name, event) => told.push({ project, name, event });
  const engine = new Engine({ tasks: 'process', broadcast, ...options });
  open.push(engine);
  return { engine, told };
}

const tinySettings = {
  'model.imageSize': 32,
  'model.embedDim': 32,
  'model.depth': 1,
  'model.numHeads': 2,
  'model.predictorDepth': 1,
  'optimizer.batchSize': 4,
  'optimizer.warmupEpochs': 0,
};

function asked(project: TinyProject, epochs: number): RequestPayload<'run.measure'> {
  return {
    project: project.project.folder,
    split: project.splitId,
    settings: { ...tinySettings, 'optimizer.epochs': epochs },
  };
}

async function until<T>(
  find: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 20_000,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const found = await find();
    if (found) return found;
    if (performance.now() - startedMs > ms) throw new Error(`not within ${ms} ms`);
    await sleep(20);
  }
}

const showRun = (engine: Engine, project: TinyProject, run: number): Promise<RunDetails> =>
  engine.request('run.show', { project: project.project.folder, run });

/** A run that has been trained to its end. */
async function trainRun(engine: Engine, project: TinyProject): Promise<number> {
  const { id } = await engine.request('run.create', asked(project, 1));
  const done = await engine.request('run.start', { project: project.project.folder, run: id });
  expect(done.state).toBe('finished');
  return id;
}

describe('a long request', () => {
  test('leaves others answered at once, tells how far it is, and ends soon after it is given up', async () => {
    const { engine } = startEngine();
    const project = tiny.project.folder;
    const run = await trainRun(engine, tiny);
    const controller = new AbortController();
    const progress: TaskProgress[] = [];
    const ladder = engine.request(
      'ladder.run',
      { project, run, supervisedMinutes: 2 },
      {
        signal: controller.signal,
        emit: (name, event) => name === 'ladder.progress' && progress.push(event as TaskProgress),
      },
    );
    ladder.catch(() => undefined);
    await until(() => progress.some(({ step }) => step.includes('supervised')));
    const waits: number[] = [];
    for (let i = 0; i < 40; i++) {
      const startedMs = performance.now();
      await engine.request('run.list', { project });
      waits.push(performance.now() - startedMs);
      await sleep(10);
    }
    const median = waits.sort((a, b) => a - b)[20]!;
    expect(median).toBeLessThan(50);
    const startedMs = performance.now();
    controller.abort();
    await expect(ladder).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(await engine.request('ladder.show', { project, run })).toBeNull();
  });

  test('waits for the one before, says so, and gives up its place at once', async () => {
    const { engine } = startEngine();
    const project = tiny.project.folder;
    const run = await trainRun(engine, tiny);
    const first = new AbortController();
    const second = new AbortController();
    const said: string[] = [];
    const listen = (signal: AbortSignal) => ({
      signal,
      emit: (name: EngineEventName, event: unknown) => {
        if (name === 'task.progress') said.push((event as TaskProgress).step);
      },
    });
    const requests = [
      engine.request('ladder.run', { project, run, supervisedMinutes: 2 }, listen(first.signal)),
      engine.request('probe.run', { project, run }, listen(second.signal)),
      engine.request('probe.run', { project, run, probe: 'knn' }),
    ];
    for (const request of requests) request.catch(() => undefined);
    await until(() => said.length > 0);
    expect(said[0]).toBe(`Waits for the ladder of run ${run}`);
    second.abort();
    await expect(requests[1]).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.taskCount).toBe(2);
    first.abort();
    await expect(requests[0]).rejects.toMatchObject({ code: 'cancelled' });
    expect(await requests[2]).toMatchObject({ probe: 'knn' });
    await until(() => engine.taskCount === 0);
  });

  test('keeps its own error, and has a clear one where its process dies', async () => {
    const children: ChildHandle[] = [];
    const spawnProcess: SpawnProcess = (request) => {
      const child = spawnNodeProcess(request);
      children.push(child);
      return child;
    };
    const { engine } = startEngine({ spawnProcess });
    const project = tiny.project.folder;
    await expect(engine.request('probe.run', { project, run: 99 })).rejects.toMatchObject({
      code: 'run.notFound',
    });
    const probing = engine.request('probe.run', { project, run: 99 });
    (await until(() => children[1])).kill();
    await expect(probing).rejects.toMatchObject({
      code: 'executor.failed',
      message: expect.stringContaining('memory'),
    });
  });
});

describe('measuring', () => {
  test('is done once for runs that cost the same, and forecasts by arithmetic afterwards', async () => {
    const { engine } = startEngine();
    const minutes = 2;
    expect(await engine.request('run.forecast', asked(tiny, 5))).toBeNull();
    const measured = await engine.request('run.measure', asked(tiny, 5));
    const { cost } = measured;
    expect(cost.leastStepMs).toBeLessThanOrEqual(cost.stepMs);
    expect(cost.mostStepMs).toBeGreaterThanOrEqual(cost.stepMs);
    expect(cost).toMatchObject({
      executor: 'compiled-cpu',
      measuredSteps: 20,
      batchSize: 4,
      imagesAtOnce: 4,
      stepsPerEpoch: 2,
    });
    expect(cost.peakMemoryBytes).toBeGreaterThan(5e7);
    expect(cost.diskBytes).toBeGreaterThan(2 * 16 * 32 * 32);
    expect(measured.forecast).toMatchObject({ epochs: 5, totalSteps: 10, stepsPerEpoch: 2 });

    const startedMs = performance.now();
    const longer = await engine.request('run.forecast', { ...asked(tiny, 500), seed: 4 });
    expect(performance.now() - startedMs).toBeLessThan(200);
    expect(longer?.cost.stepMs).toBe(cost.stepMs);
    expect(longer?.forecast.totalSteps).toBe(1000);
    const fitted = await engine.request('run.forecast', { ...asked(tiny, 5), minutes });
    expect(fitted!.forecast.totalMs / 60_000 / minutes).toBeCloseTo(1, 1);
    expect(fitted!.forecast.leastMs).toBeLessThanOrEqual(fitted!.forecast.totalMs);
    const other = { ...asked(tiny, 5), protocol: 'transductive' as const };
    expect(await engine.request('run.forecast', other)).toBeNull();

    const created = await engine.request('run.create', { ...asked(tiny, 5), minutes, tags: ['b', 'a'] });
    expect(created.plan).toMatchObject({ minutes, stepMs: cost.stepMs });
    expect(created.totalSteps).toBe(fitted!.forecast.totalSteps);
    expect(created.tags).toEqual(['a', 'b']);
    await engine.request('run.stop', { project: tiny.project.folder, run: created.id });
  });
});

describe('a dry run whose process the system ends for want of memory', () => {
  test('is tried with fewer images at once, and the run is made so, and says so', async () => {
    const tasks: ChildHandle[] = [];
    const spawnProcess: SpawnProcess = (request) => {
      const child = spawnNodeProcess(request);
      if (!request.file.endsWith('task.mjs')) return child;
      tasks.push(child);
      // The first one, which would compute whole batches, ends as the system would end it.
      if (tasks.length === 1) child.kill();
      return child;
    };
    const { engine } = startEngine({ spawnProcess });
    const { cost } = await engine.request('run.measure', asked(tiny, 1));
    expect(tasks).toHaveLength(2);
    expect(cost).toMatchObject({ batchSize: 4, imagesAtOnce: 2 });
    const run = await engine.request('run.create', asked(tiny, 1));
    expect(run.config.optimizer.microBatch).toBe(2);
    const notices = run.events.filter(({ kind }) => kind === 'notice').map(({ message }) => message);
    expect(notices.join(' ')).toContain('each step computes 2 at a time');
    const done = await engine.request('run.start', { project: tiny.project.folder, run: run.id });
    expect([done.state, done.step]).toEqual(['finished', 2]);
  });
});

describe('measuring while a run trains', () => {
  test('says so, and is done again once nothing trains', async () => {
    const { engine } = startEngine();
    const other = await createProject();
    const project = other.project.folder;
    await engine.request('project.open', { project });
    const training = await engine.request('run.create', asked(other, 100_000));
    await until(async () => (await showRun(engine, other, training.id)).step > 0);
    const busy = await engine.request('run.measure', asked(tiny, 5));
    expect(busy.cost.besideTraining).toBe(true);
    const known = await engine.request('run.measure', asked(tiny, 5));
    expect(known.cost.measuredAtMs).toBe(busy.cost.measuredAtMs);
    await engine.request('run.stop', { project, run: training.id });
    await until(async () => (await showRun(engine, other, training.id)).state === 'stopped');
    await until(() => !isRunLocked(other.project, training.id));
    const alone = await engine.request('run.measure', asked(tiny, 5));
    expect(alone.cost.besideTraining).toBe(false);
    expect(alone.cost.measuredAtMs).toBeGreaterThan(busy.cost.measuredAtMs);
  });
});

describe('the queue of an app', () => {
  test('trains what is queued in all open projects by itself, one at a time, and tells what happens', async () => {
    const { engine, told } = startEngine();
    const other = await createProject();
    const first = await engine.request('run.create', asked(tiny, 4));
    const second = await engine.request('run.create', asked(other, 4));
    const paused = await engine.request('run.create', asked(tiny, 4));
    await engine.request('run.pause', { project: tiny.project.folder, run: paused.id });
    await until(async () => (await showRun(engine, other, second.id)).state === 'finished');
    expect((await showRun(engine, tiny, paused.id)).state).toBe('paused');
    const [a, b] = [await showRun(engine, tiny, first.id), await showRun(engine, other, second.id)];
    expect(a.state).toBe('finished');
    expect(b.startedAtMs).toBeGreaterThanOrEqual(a.endedAtMs!);

    const queued = await engine.request('run.enqueue', { project: tiny.project.folder, run: paused.id });
    expect(queued.id).toBe(paused.id);
    await until(async () => (await showRun(engine, tiny, paused.id)).state === 'finished');
    await until(() =>
      told.some(
        ({ name, event }) =>
          name === 'run.event' &&
          'kind' in event &&
          event.kind === 'finished' &&
          event.runId === paused.id &&
          event.message !== '',
      ),
    );
    const events = told.filter(
      ({ project, name }) => project === tiny.project.folder && name === 'run.event',
    );
    const ids = events.map(({ event }) => (event as { id: number }).id);
    expect(ids).toEqual([...new Set(ids)].sort((x, y) => x - y));
    const kinds = events.filter(({ event }) => (event as { runId: number }).runId === first.id);
    expect(kinds.map(({ event }) => (event as { kind: string }).kind)).toEqual([
      'created',
      'started',
      'finished',
    ]);
    const states = told.filter(
      ({ name, event }) => name === 'run.changed' && (event as { id: number }).id === first.id,
    );
    expect(states.map(({ event }) => (event as { state: string }).state)).toContain('finished');
    expect(told.some(({ name }) => name === 'project.changed')).toBe(true);
  });

  test('a trainer outlives its engine; the next engine tells of it, and of its death', async () => {
    const pids: number[] = [];
    const spawnProcess: SpawnProcess = (request) => {
      const child = spawnNodeProcess(request);
      if (request.file.endsWith('trainer.mjs')) pids.push(child.pid!);
      return child;
    };
    const project = tiny.project.folder;
    const before = startEngine({ spawnProcess });
    const { id } = await before.engine.request('run.create', asked(tiny, 100_000));
    await until(async () => (await showRun(before.engine, tiny, id)).step > 0);
    expect(before.engine.listTraining()).toMatchObject([{ project, run: { id } }]);
    before.engine.close();

    const { engine, told } = startEngine();
    await showRun(engine, tiny, id);
    const steps = () =>
      told.flatMap(({ name, event }) => (name === 'run.progress' ? [(event as { step: number }).step] : []));
    await until(() => new Set(steps()).size >= 2);
    process.kill(pids[0]!, 'SIGKILL');
    const death = await until(() =>
      told.find(({ name, event }) => name === 'run.event' && 'kind' in event && event.kind === 'interrupted'),
    );
    expect(death).toMatchObject({
      project,
      event: { runId: id, message: expect.stringContaining('resumed') },
    });
    await sleep(1_000);
    expect((await showRun(engine, tiny, id)).state).toBe('interrupted');
  });

  test('pauses everything safely for an app whose trainers end with it', async () => {
    const { engine } = startEngine();
    const [first, second] = [
      await engine.request('run.create', asked(tiny, 100_000)),
      await engine.request('run.create', asked(tiny, 4)),
    ];
    await until(async () => (await showRun(engine, tiny, first.id)).step > 0);
    await engine.pauseTraining();
    const paused = await showRun(engine, tiny, first.id);
    expect(paused.state).toBe('paused');
    expect(paused.checkpoints[0]?.step).toBe(paused.step);
    expect((await showRun(engine, tiny, second.id)).state).toBe('queued');
    expect(engine.listTraining()).toEqual([]);
  });
});

describe('the trash', () => {
  test('keeps queued runs from training, and is emptied for good', async () => {
    const { engine } = startEngine();
    const project = tiny.project.folder;
    const run = await trainRun(engine, tiny);
    await expect(engine.request('run.purge', { project, run })).rejects.toMatchObject({ code: 'run.state' });
    await engine.request('run.delete', { project, run });
    await expect(engine.request('run.enqueue', { project, run })).rejects.toMatchObject({
      code: 'run.state',
    });
    expect(existsSync(runFolder(tiny.project, run))).toBe(true);
    expect(await engine.request('run.purge', { project, run })).toEqual([]);
    expect(existsSync(runFolder(tiny.project, run))).toBe(false);
    await expect(showRun(engine, tiny, run)).rejects.toMatchObject({ code: 'run.notFound' });
  });
});

describe('curves', () => {
  test('are read by name from a step on, with the training time thinly beside them', async () => {
    const { engine } = startEngine();
    const project = tiny.project.folder;
    const run = await trainRun(engine, tiny);
    const [loss, seconds] = await engine.request('run.metrics', {
      project,
      run,
      names: ['loss', 'trainingSeconds'],
    });
    expect(loss!.steps).toEqual([0, 1]);
    expect(seconds!.steps.at(-1)).toBe(1);
    expect(seconds!.values.at(-1)).toBeGreaterThan(0);
    const [late] = await engine.request('run.metrics', { project, run, names: ['loss'], fromStep: 1 });
    expect(late).toEqual({ name: 'loss', steps: [1], values: [loss!.values[1]] });
  });
});
