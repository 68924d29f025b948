import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../../../engine/project/project.ts';
import { listRuns, readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun, type RunRequest } from '../../../../engine/run/training/createRun.ts';
import { fitToMinutes, type MeasuredRun } from '../../../../engine/run/training/planRun.ts';
import { createTinyProject, tinyConfig, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await createTinyProject();
});
afterAll(() => tiny?.remove());

function request(change: Partial<RunRequest> = {}): RunRequest {
  const { datasetId, splitId } = tiny;
  const run = {
    name: 'x',
    datasetId,
    splitId,
    protocol: 'clean',
    config: tinyConfig,
    executor: 'compiled-cpu',
  } as const;
  return { ...run, ...change };
}

describe('making a run', () => {
  test('leaves none where its folder cannot be made', async () => {
    const { project } = tiny;
    const inTheWay = runFolder(project, 1 + (listRuns(project.database)[0]?.id ?? 0));
    mkdirSync(dirname(inTheWay), { recursive: true });
    writeFileSync(inTheWay, '');
    const before = listRuns(project.database).length;
    await expect(createRun(project, request())).rejects.toThrow();
    expect(listRuns(project.database)).toHaveLength(before);
    rmSync(inTheWay);
  });

  test('stores everything that determines it, in the database and as a readable copy', async () => {
    const { project } = tiny;
    const id = await createRun(project, request());
    const run = readRun(project.database, id);
    expect(run).toMatchObject({
      state: 'queued',
      config: tinyConfig,
      seed: 47,
      plan: null,
      step: 0,
      totalSteps: 24,
    });
    expect(Object.keys(run.versions).sort()).toEqual(
      ['decodeRule', 'node', 'onnxruntime', 'platform', 'sharp', 'thimble'].sort(),
    );
    expect(Object.values(run.versions)).not.toContain('unknown');
    const copy = readFileSync(join(runFolder(project, id), 'config.json'), 'utf8');
    expect(JSON.parse(copy)).toEqual(tinyConfig);
  });

  test('the clean protocol trains on the train part, the transductive one on all images', async () => {
    const { project } = tiny;
    const steps = async (protocol: 'clean' | 'transductive') =>
      readRun(project.database, await createRun(project, request({ protocol }))).totalSteps;
    // 8 of 12 images are in train; batches of 4; 12 epochs.
    expect(await steps('clean')).toBe(12 * 2);
    expect(await steps('transductive')).toBe(12 * 3);
  });

  test('refuses settings out of range and a split of another dataset', async () => {
    const { project } = tiny;
    const broken = { ...tinyConfig, model: { ...tinyConfig.model, numHeads: 3 } };
    await expect(createRun(project, request({ config: broken }))).rejects.toMatchObject({
      code: 'config.invalid',
    });
    await expect(createRun(project, request({ datasetId: 99 }))).rejects.toMatchObject({
      code: 'request.invalid',
    });
    await expect(createRun(project, request({ config: tinyConfigFor(0.1) }))).rejects.toMatchObject({
      code: 'config.invalid',
    });
  });
});

const measured: MeasuredRun = {
  stepMs: 100,
  measuredSteps: 9,
  buildMs: 1_000,
  lookMs: 2_000,
  decodeMs: 3_000,
  checkpointMs: 500,
  checkpointSeconds: 60,
  stepsPerEpoch: 25,
};

describe('fitting a run to a time', () => {
  test('everything that the plan allows for adds up to the minutes', () => {
    const { config, plan } = fitToMinutes(tinyConfig, 10, measured);
    const { epochs } = config.optimizer;
    const looks = 2 + epochs / config.monitor.everyEpochs;
    const trainingMs = plan.totalSteps * measured.stepMs;
    const checkpointsMs = (trainingMs / 60_000) * measured.checkpointMs;
    const spentMs =
      trainingMs + looks * measured.lookMs + checkpointsMs + measured.buildMs + measured.decodeMs;
    expect(spentMs).toBeGreaterThan(0.98 * 600_000);
    expect(spentMs).toBeLessThanOrEqual(600_000);
    expect(plan.reservedMs).toBeCloseTo(600_000 - trainingMs - measured.buildMs);
  });

  test('the epochs are exactly the steps that fit, and the warm-up keeps its share', () => {
    const { config, plan } = fitToMinutes(tinyConfig, 3, measured);
    const { epochs, warmupEpochs } = config.optimizer;
    expect(Math.floor(epochs * measured.stepsPerEpoch)).toBe(plan.totalSteps);
    expect(warmupEpochs / epochs).toBeCloseTo(2 / 12);
  });

  test('looks become rarer where they are dear, and never more frequent than asked', () => {
    expect(fitToMinutes(tinyConfig, 10, measured).config.monitor.everyEpochs).toBe(16);
    expect(fitToMinutes(tinyConfig, 10, { ...measured, lookMs: 10 }).config.monitor.everyEpochs).toBe(4);
    const never = { ...tinyConfig, monitor: { ...tinyConfig.monitor, everyEpochs: 0 } };
    expect(fitToMinutes(never, 10, measured).config.monitor.everyEpochs).toBe(0);
  });

  test('a time in which nothing can be trained is refused', () => {
    expect(() => fitToMinutes(tinyConfig, 0.1, measured)).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    );
  });

  test('a plan comes from measured steps, and is stored with the configuration it led to', async () => {
    const { project } = tiny;
    const minutes = 2;
    const id = await createRun(project, request({ minutes }));
    const { plan, config, totalSteps } = readRun(project.database, id);
    expect(plan).toMatchObject({ minutes, totalSteps, stepsPerEpoch: 2, measuredSteps: 20 });
    expect(Math.floor(config.optimizer.epochs * 2)).toBe(totalSteps);
    const trainingMs = totalSteps * plan!.stepMs;
    expect(trainingMs).toBeGreaterThan(0.3 * 60_000 * minutes);
    expect(trainingMs + plan!.buildMs + plan!.reservedMs).toBeCloseTo(60_000 * minutes);
  });
});
