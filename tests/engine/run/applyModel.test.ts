// A trained run used on a folder of new images, and what a machine can train on.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppliedModel } from '../../../engine/contract/cost.ts';
import { Engine } from '../../../engine/run/engine.ts';
import { createRun } from '../../../engine/run/training/createRun.ts';
import { trainRun } from '../../../engine/run/training/trainRun.ts';
import { createTinyProject, tinyConfigFor, writeImage, type TinyProject } from './training/tinyProject.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-apply-test-'));
const images = join(root, 'new');
const engine = new Engine({ dataFolder: join(root, 'data') });
let tiny: TinyProject;
let run: number;

beforeAll(async () => {
  tiny = await createTinyProject();
  run = await createRun(tiny.project, {
    name: 'applied',
    datasetId: tiny.datasetId,
    splitId: tiny.splitId,
    protocol: 'clean',
    config: tinyConfigFor(2),
    executor: 'compiled-cpu',
  });
  await trainRun(tiny.project, run);
  for (const [index, name] of ['bright', 'dark'].entries()) {
    mkdirSync(join(images, name), { recursive: true });
    for (let i = 0; i < 4; i++)
      await writeImage(join(images, name, `=${i}, new.png`), 500 + 10 * index + i, index === 0);
  }
  writeFileSync(join(images, 'broken.png'), 'no picture');
});
afterAll(() => {
  engine.close();
  tiny?.remove();
  rmSync(root, { recursive: true, force: true });
});

const apply = (more: object = {}): Promise<AppliedModel> =>
  engine.request('run.apply', {
    project: tiny.project.folder,
    run,
    path: images,
    file: join(root, 'out', 'predictions.csv'),
    ...more,
  });

/** Everything that a project's folder and database hold of images, runs and results. */
function describeProject(): unknown {
  const { database, folder } = tiny.project;
  const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const files = readdirSync(folder, { recursive: true }).filter((name) => !/-(wal|shm)$/.test(String(name)));
  return { files: files.sort(), counts: ['images', 'probes', 'ladders', 'datasets', 'settings'].map(count) };
}

describe('applying a run to new images', () => {
  test('writes predictions and features, sets unusable files aside, and leaves project and images as they were', async () => {
    await apply();
    const before = [describeProject(), readdirSync(images, { recursive: true }).sort()];
    const featuresFile = join(root, 'out', 'features.csv');
    const applied = await apply({ featuresFile, mayReplace: [join(root, 'out', 'predictions.csv')] });
    expect([describeProject(), readdirSync(images, { recursive: true }).sort()]).toEqual(before);
    expect(applied).toMatchObject({ imageCount: 8, quarantinedCount: 1, featuresFile });

    const [header, ...rows] = readFileSync(applied.file, 'utf8').trimEnd().split('\n');
    expect(header).toBe('file,predicted,score,second,second_score');
    expect(rows).toHaveLength(8);
    // Quoted for its comma; in a folder, so no spreadsheet takes it for a formula.
    expect(rows[0]).toMatch(/^"bright\/=0, new\.png",(bright|dark),[01]\.\d{4},(bright|dark),[01]\.\d{4}$/);
    for (const [index, row] of rows.entries()) {
      const [, predicted, score, second, secondScore] = row.replace(/^"[^"]*"/, 'x').split(',');
      expect(Number(score) + Number(secondScore)).toBeCloseTo(1, 3);
      expect(Number(score)).toBeGreaterThanOrEqual(Number(secondScore));
      expect(new Set([predicted, second])).toEqual(new Set(['bright', 'dark']));
      expect(applied.preview[index]).toMatchObject({ predicted });
      expect(applied.preview[index]!.score).toBeCloseTo(Number(score), 3);
    }
    // Bright and dark are told apart by any features.
    expect(applied.classes).toEqual([
      { name: 'bright', images: 4 },
      { name: 'dark', images: 4 },
    ]);
    expect(applied.notes.join(' ')).toContain('8 of 8 images that came with a known class');
    expect(applied.notes.join(' ')).toContain('calibrated on the 2 validation images');
    expect(applied.notes.join(' ')).toMatch(
      /right for \d+\.\d % \(95 % interval .+ to .+\) of the 2 test images/,
    );
    expect(applied.notes.join(' ')).toMatch(/the same probe on random weights for \d+\.\d %/);
    expect(applied.notes.join(' ')).not.toContain("the run's own;");
    const features = readFileSync(featuresFile, 'utf8').trimEnd().split('\n');
    expect(features[0]!.split(',')).toHaveLength(3 + 2 * 32);
    expect(features).toHaveLength(9);
  });

  test('refuses a file that is the table of images, no CSV, or the same twice', async () => {
    const table = join(root, 'table.csv');
    writeFileSync(table, `file\n${join(images, 'bright', '=0, new.png')}\n`);
    for (const files of [
      { path: table, file: table },
      { file: join(root, 'x.txt') },
      { featuresFile: join(root, 'out', 'predictions.csv') },
    ]) {
      await expect(apply(files)).rejects.toMatchObject({ code: 'request.invalid' });
    }
    expect(readFileSync(table, 'utf8')).toMatch(/^file\n/);
  });

  test('replaces no file without the person’s word, and writes nothing of another kind', async () => {
    const kept = join(root, 'kept.csv');
    writeFileSync(kept, 'mine');
    await expect(apply({ file: kept })).rejects.toMatchObject({
      code: 'file.exists',
      details: { path: kept },
    });
    const other = { file: join(root, 'other.csv'), mayReplace: [join(root, 'other.csv')] };
    await expect(apply({ ...other, featuresFile: kept })).rejects.toMatchObject({ code: 'file.exists' });
    const ofRun = { project: tiny.project.folder, run };
    await expect(engine.request('export.features', { ...ofRun, file: kept })).rejects.toMatchObject({
      code: 'file.exists',
    });
    for (const name of ['export.encoder', 'export.onnx', 'export.features'] as const) {
      await expect(engine.request(name, { ...ofRun, file: join(root, '.bashrc') })).rejects.toMatchObject({
        code: 'request.invalid',
      });
    }
    expect(readFileSync(kept, 'utf8')).toBe('mine');
    expect(readdirSync(root)).not.toContain('other.csv');

    const model = join(root, 'model.onnx');
    await engine.request('export.onnx', { ...ofRun, file: model });
    await expect(engine.request('export.onnx', { ...ofRun, file: model })).rejects.toMatchObject({
      code: 'file.exists',
    });
    const replaced = await engine.request('export.onnx', { ...ofRun, file: model, mayReplace: [model] });
    expect(replaced.sizeBytes).toBeGreaterThan(1000);
    expect(readdirSync(root).filter((name) => name.endsWith('.writing'))).toEqual([]);
  });

  test('says how many of the images the run has met already', async () => {
    const path = join(tiny.project.folder, '..', 'images', 'bright');
    const { notes } = await apply({ path, file: join(root, 'familiar.csv') });
    expect(notes.join(' ')).toContain("6 of these 6 images are the run's own");
  });

  test('says so where there is nothing to apply, or it was given up', async () => {
    const empty = join(root, 'empty');
    mkdirSync(empty);
    const file = join(root, 'never.csv');
    await expect(apply({ path: empty, file })).rejects.toMatchObject({ code: 'dataset.empty' });
    await expect(apply({ path: join(root, 'nowhere'), file })).rejects.toMatchObject({
      code: 'file.missing',
    });
    const payload = { project: tiny.project.folder, run, path: images, file };
    await expect(engine.request('run.apply', payload, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      { code: 'cancelled' },
    );
    expect(readdirSync(root)).not.toContain('never.csv');
  });
});

describe('devices', () => {
  test('are listed with what they are; a measured rate is remembered and decides the default', async () => {
    const before = await engine.request('device.list', {});
    expect(
      before.map(({ id, kind, measured, isDefault }) => ({ id, kind, measured, isDefault })),
    ).toContainEqual({
      id: 'compiled-cpu',
      kind: 'cpu',
      measured: null,
      isDefault: true,
    });
    expect(before.every(({ deviceName, kind }) => kind === 'gpu' || deviceName !== null)).toBe(true);
    const measured = await engine.request('device.measure', { executor: 'compiled-cpu' });
    expect(measured.measured!.imagesPerSecond).toBeCloseTo((1000 * 32) / measured.measured!.stepMs, 3);
    const again = new Engine({ dataFolder: join(root, 'data') });
    const after = await again.request('device.list', {});
    again.close();
    expect(after.find(({ id }) => id === 'compiled-cpu')).toEqual(measured);
    await engine.request('settings.change', { executor: 'eager-cpu' });
    const chosen = (await engine.request('device.list', {})).filter(({ isDefault }) => isDefault);
    expect(chosen.map(({ id }) => id)).toEqual(['eager-cpu']);
    await expect(engine.request('device.measure', { executor: 'abacus' })).rejects.toMatchObject({
      code: 'executor.unavailable',
    });
  });
});
