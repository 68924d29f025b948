// The engine's process of the desktop app, from its bundle, in a thread that has what Electron would give it.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HostedEngine } from '../../scripts/package/hostedEngine.mjs';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let engine: HostedEngine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-desktop-engine-'));
  for (const name of ['navicula', 'cymbella']) {
    mkdirSync(join(folder, 'images', name), { recursive: true });
    const from = join(root, 'resources', 'sample', name);
    const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    for (const file of files.slice(0, 3)) {
      copyFileSync(join(file.parentPath, file.name), join(folder, 'images', name, file.name));
    }
  }
  engine = new HostedEngine(join(root, 'dist', 'engine'), { THIMBLE_DATA: join(folder, 'data') });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('the engine under the desktop app', () => {
  test('answers over its port, starts what it needs through the main process, and tells errors by code', async () => {
    const project = join(folder, 'project');
    await engine.request('project.create', { folder: project });
    const dataset = await engine.request('dataset.import', { project, path: join(folder, 'images') });
    expect(dataset.imageCount).toBe(6);
    const { images } = await engine.request('image.list', { project, dataset: dataset.id });
    const { bytes } = await engine.request('image.render', { project, image: images[0]!.id, size: 32 });
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(engine.childCount).toBe(0);
    await expect(engine.request('project.show', { project: join(folder, 'none') })).rejects.toMatchObject({
      code: 'project.notFound',
    });
  });

  test('tells what trains, and pausing nothing is done at once', async () => {
    expect(await engine.ask('listTraining')).toEqual({ training: 0, waiting: 0 });
    expect(await engine.ask('pauseTraining')).toEqual({ training: 0, waiting: 0 });
  });
});
