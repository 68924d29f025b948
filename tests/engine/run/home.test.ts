import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LadderRow } from '../../../engine/contract/results.ts';
import { acquireRunLock } from '../../../engine/run/training/runLock.ts';
import { createRun } from '../../../engine/run/training/createRun.ts';
import { peekProject } from '../../../engine/project/peekProject.ts';
import { runFolder } from '../../../engine/project/project.ts';
import { insertLadder } from '../../../engine/project/queries/probes.ts';
import { changeRunState, setRunTrashed } from '../../../engine/project/queries/runs.ts';
import { Engine } from '../../../engine/run/engine.ts';
import { readTrainingSettings } from '../../../engine/run/training/trainingSettings.ts';
import { createTinyProject, tinyConfig, type TinyProject } from './training/tinyProject.ts';

let root: string;
let engine: Engine;
let tiny: TinyProject;
beforeAll(async () => (tiny = await createTinyProject()));
afterAll(() => tiny.remove());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-home-'));
  engine = new Engine({ dataFolder: join(root, 'data') });
});
afterEach(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

const codeOf = (code: string) => expect.objectContaining({ code });

/** Names and contents of a folder's own files. */
function fingerprint(folder: string): unknown {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);
}

describe('a project whose folder is removed while it is open', () => {
  test('is not found any more, and another one in its place is that other one', async () => {
    const folder = join(root, 'a');
    await engine.request('project.create', { folder, name: 'First' });
    rmSync(folder, { recursive: true });
    await expect(engine.request('project.show', { project: folder })).rejects.toEqual(
      codeOf('project.notFound'),
    );
    await engine.request('project.create', { folder, name: 'First' });
    rmSync(folder, { recursive: true });
    const second = await engine.request('project.create', { folder, name: 'Second' });
    expect(second.name).toBe('Second');
    await engine.request('project.rename', { project: folder, name: 'Renamed' });
    expect(peekProject(folder, ({ name }) => name)).toBe('Renamed');
  });
});

describe('recent projects', () => {
  test('are those that were made or opened, newest first, until they are forgotten', async () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')];
    await engine.request('project.create', { folder: a, name: 'Alpha' });
    await engine.request('project.create', { folder: b });
    await engine.request('project.show', { project: a });
    const names = async () => (await engine.request('home.show', {})).projects.map(({ name }) => name);
    expect(await names()).toEqual(['b', 'Alpha']);
    await engine.request('project.open', { project: a });
    expect(await names()).toEqual(['Alpha', 'b']);
    const left = await engine.request('home.forget', { folder: a });
    expect(left.projects.map(({ folder }) => folder)).toEqual([b]);
    expect(readdirSync(a)).toContain('project.db');
  });

  test('that are gone, damaged, newer or no projects say which, and never stop the list', async () => {
    const folders = ['gone', 'damaged', 'newer', 'sound'].map((name) => join(root, name));
    for (const folder of folders) await engine.request('project.create', { folder });
    engine.close();
    renameSync(folders[0]!, join(root, 'elsewhere'));
    writeFileSync(
      join(folders[1]!, 'project.db'),
      'no database at all, but long enough to be looked at as one',
    );
    const { openDatabase } = await import('../../../engine/project/database.ts');
    const newer = openDatabase(join(folders[2]!, 'project.db'));
    newer.pragma('user_version = 999');
    newer.close();
    const { projects } = await engine.request('home.show', {});
    expect(projects.map(({ name, state }) => [name, state])).toEqual([
      ['sound', 'ok'],
      ['newer', 'project.newer'],
      ['damaged', 'project.invalid'],
      ['gone', 'project.notFound'],
    ]);
    await expect(engine.request('home.relink', { folder: folders[0]!, newFolder: root })).rejects.toEqual(
      codeOf('project.notFound'),
    );
    const after = await engine.request('home.relink', {
      folder: folders[0]!,
      newFolder: join(root, 'elsewhere'),
    });
    expect(after.projects[3]).toMatchObject({ folder: join(root, 'elsewhere'), state: 'ok' });
  });

  test('that were moved away while open are not shown as if they were there', async () => {
    await engine.request('project.create', { folder: join(root, 'a') });
    renameSync(join(root, 'a'), join(root, 'b'));
    const { projects } = await engine.request('home.show', {});
    expect(projects[0]!.state).toBe('project.notFound');
  });
});

describe('a card', () => {
  const row = (change: Partial<LadderRow>) =>
    ({
      name: 'x',
      kind: 'pretrained',
      probe: 'ridge',
      encoder: 'context',
      features: 'mean',
      n: 4,
      top1: 0.5,
      balancedAccuracy: 0.5,
      ci95: [0.1, 0.9],
      protocol: 'clean',
      seed: 1,
      predictions: [],
      ...change,
    }) as unknown as LadderRow;

  test('shows six covers of all classes, and the best number of the newest ladders beside random weights', async () => {
    const { project, datasetId, splitId } = tiny;
    const request = {
      datasetId,
      splitId,
      protocol: 'clean',
      config: tinyConfig,
      executor: 'compiled-cpu',
    } as const;
    const [first, second, trashed] = [
      await createRun(project, { ...request, name: 'first' }),
      await createRun(project, { ...request, name: 'second' }),
      await createRun(project, { ...request, name: 'trashed' }),
    ];
    const ladder = (runId: number, rows: LadderRow[]) =>
      insertLadder(project.database, { runId, splitId, step: 4, seed: 1, settings: {}, durationMs: 1 }, {
        rows,
      } as never);
    ladder(first, [row({ top1: 0.95 })]);
    ladder(first, [
      row({ kind: 'random', encoder: null, top1: 0.4 }),
      row({ kind: 'random', encoder: null, probe: 'knn', top1: 0.3 }),
      row({ top1: 0.6 }),
      row({ probe: 'knn', top1: 0.7, ci95: [0.2, 0.8] }),
    ]);
    ladder(second, [row({ top1: 0.65 })]);
    ladder(trashed, [row({ top1: 1 })]);
    setRunTrashed(project.database, trashed, 1);
    await engine.request('project.open', { project: project.folder });
    const [card] = (await engine.request('home.show', {})).projects;
    expect(card).toMatchObject({ imageCount: 12, classCount: 2, runCount: 2, isTraining: false });
    expect(card!.coverImages).toEqual([1, 7, 2, 8, 3, 9]);
    expect(card!.best).toEqual({
      runId: first,
      runName: 'first',
      probe: 'knn',
      top1: 0.7,
      ci95: [0.2, 0.8],
      randomTop1: 0.3,
      n: 4,
    });
  });

  test('says that a run trains only while a living process trains it', async () => {
    const { project, datasetId, splitId } = tiny;
    const runId = await createRun(project, {
      datasetId,
      splitId,
      protocol: 'clean',
      config: tinyConfig,
      executor: 'compiled-cpu',
      name: 'training',
    });
    changeRunState(project.database, runId, 'running');
    await engine.request('project.open', { project: project.folder });
    const isTraining = async () => (await engine.request('home.show', {})).projects[0]!.isTraining;
    expect(await isTraining()).toBe(false);
    mkdirSync(runFolder(project, runId), { recursive: true });
    const lock = await acquireRunLock(project, runId);
    expect(await isTraining()).toBe(true);
    lock.release();
  });

  test('leaves a closed project exactly as it was, an older schema and a crashed log included', async () => {
    const folder = join(root, 'a');
    await engine.request('project.create', { folder });
    engine.close();
    const before = fingerprint(folder);
    expect((await engine.request('home.show', {})).projects[0]!.state).toBe('ok');
    expect(fingerprint(folder)).toEqual(before);

    const { openDatabase } = await import('../../../engine/project/database.ts');
    const { readSchemaVersion } = await import('../../../engine/project/migrate.ts');
    const older = openDatabase(join(folder, 'project.db'));
    const version = readSchemaVersion(older);
    older.pragma(`user_version = ${version - 1}`);
    expect((await engine.request('home.show', {})).projects[0]!.state).toBe('ok');
    expect(readSchemaVersion(older)).toBe(version - 1);
    older.close();
  });
});

describe('settings of the app', () => {
  test('the room for decoded pixels reaches every open project, and those opened later', async () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')];
    await engine.request('project.create', { folder: a });
    await engine.request('project.create', { folder: b });
    engine.close();
    await engine.request('project.open', { project: a });
    const changed = await engine.request('settings.change', { cacheBytes: 7e6, theme: 'dark' });
    expect(changed).toMatchObject({ cacheBytes: 7e6, theme: 'dark' });
    expect(await engine.request('cache.show', { project: a })).toEqual({
      sizeBytes: 0,
      fileCount: 0,
      limitBytes: 7e6,
    });
    expect((await engine.request('cache.show', { project: b })).limitBytes).toBe(7e6);
    const { openProject } = await import('../../../engine/project/project.ts');
    const project = openProject(b);
    expect(readTrainingSettings(project)).toMatchObject({ cacheBytes: 7e6, checkpointSeconds: 60 });
    project.close();
    await expect(engine.request('settings.change', { cacheBytes: 10 })).rejects.toEqual(
      codeOf('request.invalid'),
    );
  });

  test('about names the version, the machine and the folder', async () => {
    const about = await engine.request('about.show', {});
    expect(about).toMatchObject({ dataFolder: join(root, 'data'), versions: { thimble: about.version } });
    expect(about.cpuCores).toBeGreaterThan(0);
    expect(about.memoryBytes).toBeGreaterThan(1e8);
  });
});

describe('a project', () => {
  test('is renamed for everyone who has it open', async () => {
    const folder = join(root, 'a');
    await engine.request('project.create', { folder });
    const events: unknown[] = [];
    const emit = (name: string, event: unknown) => events.push([name, event]);
    const renamed = await engine.request('project.rename', { project: folder, name: 'Zellen' }, { emit });
    expect(renamed.name).toBe('Zellen');
    expect((await engine.request('home.show', {})).projects[0]!.name).toBe('Zellen');
    expect(events).toEqual([['project.changed', { what: 'name' }]]);
  });

  test('has its decoded pixels cleared, and nothing else in the folder', async () => {
    const { folder } = tiny.project;
    const { openPixelCache } = await import('../../../engine/data/pixelCache.ts');
    const cache = await openPixelCache({ folder: join(folder, 'cache'), shorterSide: 48, maxBytes: 1e6 });
    cache.write('a'.repeat(64), { width: 10, height: 10, pixels: new Uint8Array(300) });
    writeFileSync(join(folder, 'cache', 'notes.txt'), 'mine');
    expect(await engine.request('cache.show', { project: folder })).toMatchObject({
      fileCount: 1,
      sizeBytes: 332,
    });
    expect(await engine.request('cache.clear', { project: folder })).toMatchObject({
      fileCount: 0,
      sizeBytes: 0,
    });
    expect(readdirSync(join(folder, 'cache'))).toContain('notes.txt');
  });
});

describe('folders to choose from', () => {
  test('are listed with projects, tables and images, in the order people expect', async () => {
    for (const name of ['b', 'A', 'img 10', 'img 2', '.hidden']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'b', 'project.db'), '');
    for (const name of ['10.PNG', '2.png', 'labels.csv', 'thesis.docx'])
      writeFileSync(join(root, name), 'xyz');
    const listing = await engine.request('folder.list', { path: root });
    expect(listing.folders.map(({ name, isProject }) => [name, isProject])).toEqual([
      ['A', false],
      ['b', true],
      ['img 2', false],
      ['img 10', false],
    ]);
    expect(listing.files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['labels.csv', 3],
      ['2.png', 3],
      ['10.PNG', 3],
    ]);
    expect([listing.fileCount, listing.parent]).toEqual([3, join(root, '..')]);
  });

  test('end at the top, and say what is not there', async () => {
    expect((await engine.request('folder.list', { path: '/' })).parent).toBeNull();
    await expect(engine.request('folder.list', { path: join(root, 'nowhere') })).rejects.toEqual(
      codeOf('file.missing'),
    );
    writeFileSync(join(root, 'file.txt'), '');
    await expect(engine.request('folder.list', { path: join(root, 'file.txt') })).rejects.toEqual(
      codeOf('file.missing'),
    );
    expect((await engine.request('folder.list', {})).places[0]!.name).toBe('Home');
  });
});
