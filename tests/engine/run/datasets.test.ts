import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RequestName, RequestPayload } from '../../../engine/contract/requests.ts';
import { Engine } from '../../../engine/run/engine.ts';
import { png, put } from '../data/testImages.ts';

let root: string;
let images: string;
let project: string;
let engine: Engine;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'thimble-datasets-'));
  images = join(root, 'images');
  project = join(root, 'project');
  engine = new Engine({ dataFolder: join(root, 'data') });
  await engine.request('project.create', { folder: project });
});
afterEach(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

const codeOf = (code: string) => expect.objectContaining({ code });
const ask = <Name extends RequestName>(name: Name, payload: Omit<RequestPayload<Name>, 'project'>) =>
  engine.request(name, { project, ...payload } as unknown as RequestPayload<Name>);

/** Ten images of two classes; the last two of `b` are the same as each other, and one name is not ASCII. */
async function writeImages(): Promise<void> {
  for (let i = 0; i < 5; i++) put(images, `a/cell_${i}.png`, await png(i));
  for (let i = 0; i < 3; i++) put(images, `b/Zelle ${i}%.png`, await png(10 + i));
  put(images, 'b/Übersicht.jpg', await png(20));
  put(images, 'b/copy.png', await png(20));
}

async function importImages(): Promise<void> {
  await writeImages();
  await ask('dataset.import', { path: images });
}

describe('a page of images', () => {
  const paths = async (query: Partial<RequestPayload<'image.list'>>) => {
    const { total, images: rows } = await ask('image.list', { dataset: 1, ...query });
    expect(total).toBe(rows.length);
    return rows.map(({ relativePath }) => relativePath);
  };

  test('has the images in their order, with what is known of them and how many there are', async () => {
    await importImages();
    const page = await ask('image.list', { dataset: 1, offset: 4, limit: 2 });
    expect([page.total, page.offset]).toEqual([10, 4]);
    expect(page.images.map(({ id, relativePath, label }) => [id, relativePath, label])).toEqual([
      [5, 'a/cell_4.png', 'a'],
      [6, 'b/Zelle 0%.png', 'b'],
    ]);
    expect(page.images[0]).toMatchObject({
      group: null,
      part: null,
      width: 40,
      height: 32,
      format: 'png',
      bitDepth: 8,
      channels: 3,
      window: { rule: 'asStored', low: 0, high: 255 },
      notes: [],
    });
    expect((await ask('image.list', { dataset: 1, offset: 50 })).images).toEqual([]);
    expect(await ask('image.list', { dataset: 1, limit: 0 })).toEqual({ total: 10, offset: 0, images: [] });
  });

  test('is narrowed by class, note, number and name, whatever the name holds', async () => {
    await importImages();
    put(images, 'loose.png', await png(40));
    await ask('dataset.import', { path: images });
    expect(await paths({ classes: ['a'] })).toHaveLength(5);
    expect(await paths({ classes: ['b', 'no such class'], search: 'copy' })).toEqual(['b/copy.png']);
    expect(await paths({ classes: [] })).toEqual([]);
    expect(await paths({ dataset: 2, classes: [null] })).toEqual(['loose.png']);
    expect(await paths({ noted: true })).toEqual(['b/Übersicht.jpg']);
    expect(await paths({ ids: [9, 2, 777, 12] })).toEqual(['a/cell_1.png', 'b/copy.png']);
    expect(await paths({ search: 'CELL_3' })).toEqual(['a/cell_3.png']);
    expect(await paths({ search: '%' })).toHaveLength(3);
    expect(await paths({ search: '_' })).toHaveLength(5);
    expect(await paths({ search: 'üBERSICHT'.normalize('NFD') })).toEqual(['b/Übersicht.jpg']);
    expect(await paths({ search: '\\' })).toEqual([]);
    expect(await paths({ search: "'; DROP TABLE images; --" })).toEqual([]);
  });

  test('tells and filters the parts of a split of that dataset, and of no other', async () => {
    await importImages();
    await ask('dataset.import', { path: images });
    await ask('split.create', { dataset: 1, ratios: { train: 6, validation: 2, test: 2 } });
    const all = await ask('image.list', { dataset: 1, split: 1 });
    const test = all.images.filter(({ part }) => part === 'test').map(({ relativePath }) => relativePath);
    expect(test.length).toBeGreaterThan(0);
    expect(await paths({ split: 1, parts: ['test'] })).toEqual(test);
    expect(await paths({ split: 1, parts: ['test', 'train', 'validation'] })).toHaveLength(10);
    expect(await paths({ split: 1, parts: ['test'], classes: ['a'] })).toEqual(
      test.filter((path) => path.startsWith('a/')),
    );
    await expect(ask('image.list', { dataset: 2, split: 1 })).rejects.toEqual(codeOf('request.invalid'));
    await expect(ask('image.list', { dataset: 1, parts: ['test'] })).rejects.toEqual(
      codeOf('request.invalid'),
    );
    await expect(ask('image.list', { dataset: 9 })).rejects.toEqual(codeOf('dataset.notFound'));
  });
});

describe('a dataset', () => {
  test('is renamed and removed with its splits, unless runs use it; its files stay', async () => {
    await importImages();
    await ask('split.create', { dataset: 1 });
    expect((await ask('dataset.rename', { dataset: 1, name: 'Zellen' })).name).toBe('Zellen');
    await expect(ask('dataset.rename', { dataset: 9, name: 'x' })).rejects.toEqual(
      codeOf('dataset.notFound'),
    );
    const settings = { 'model.imageSize': 32, 'optimizer.batchSize': 4 };
    const run = await ask('run.create', { split: 1, settings, name: 'my run' });
    await ask('run.delete', { run: run.id });
    await expect(ask('dataset.remove', { dataset: 1 })).rejects.toThrow(/my run \(in the trash\)/);
    await ask('dataset.import', { path: images, name: 'again' });
    const events: unknown[] = [];
    const left = await engine.request(
      'dataset.remove',
      { project, dataset: 2 },
      { emit: (name, event) => events.push([name, event]) },
    );
    expect(left.map(({ id }) => id)).toEqual([1]);
    expect(events).toEqual([['project.changed', { what: 'datasets' }]]);
    expect((await engine.request('source.inspect', { path: images })).imageFileCount).toBe(10);
    await expect(ask('dataset.remove', { dataset: 2 })).rejects.toEqual(codeOf('dataset.notFound'));
  });

  test('lists its look-alikes by number, also after its images moved', async () => {
    await importImages();
    const expected = { exactSets: [[9, 10]], nearPairs: [] };
    expect(await ask('dataset.duplicates', { dataset: 1 })).toEqual(expected);
    expect((await ask('dataset.show', { dataset: 1 })).rootMissing).toBe(false);
    renameSync(images, join(root, 'moved'));
    expect((await ask('dataset.show', { dataset: 1 })).rootMissing).toBe(true);
    await ask('dataset.relink', { dataset: 1, folder: join(root, 'moved') });
    expect((await ask('dataset.show', { dataset: 1 })).rootMissing).toBe(false);
    expect(await ask('dataset.duplicates', { dataset: 1 })).toEqual(expected);
  });

  test('whose relinking was stopped is as it was', async () => {
    await importImages();
    renameSync(images, join(root, 'moved'));
    const stopped = new AbortController();
    const relinking = engine.request(
      'dataset.relink',
      { project, dataset: 1, folder: join(root, 'moved') },
      { signal: stopped.signal, emit: () => stopped.abort() },
    );
    await expect(relinking).rejects.toEqual(codeOf('cancelled'));
    expect((await ask('dataset.show', { dataset: 1 })).rootFolder).toBe(images);
  });

  test('of a stopped import is not there', async () => {
    await writeImages();
    const stopped = new AbortController();
    const importing = engine.request(
      'dataset.import',
      { project, path: images },
      { signal: stopped.signal, emit: () => stopped.abort() },
    );
    await expect(importing).rejects.toEqual(codeOf('cancelled'));
    expect(await ask('dataset.list', {})).toEqual([]);
  });
});

describe('a planned split', () => {
  test('is what would be made, and is not made', async () => {
    await importImages();
    const request = {
      dataset: 1,
      seed: 5,
      ratios: { train: 6, validation: 2, test: 2 },
      keepTogether: 'none',
    } as const;
    const plan = await ask('split.plan', request);
    expect(await ask('split.list', { dataset: 1 })).toEqual([]);
    const { split, leaks } = await ask('split.create', request);
    const { id: _id, datasetId: _datasetId, name: _name, createdAtMs: _createdAtMs, ...made } = split;
    expect(plan).toEqual({ ...made, leakCount: leaks.length });
    expect(plan.classCounts.train.reduce((sum, count) => sum + count)).toBe(plan.counts.train);
  });

  test('counts leaks, and says where images cannot be divided so', async () => {
    await importImages();
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const plans = await Promise.all(
      seeds.map((seed) =>
        ask('split.plan', {
          dataset: 1,
          seed,
          ratios: { train: 1, validation: 1, test: 1 },
          keepTogether: 'none',
        }),
      ),
    );
    expect(plans.some(({ leakCount }) => leakCount > 0)).toBe(true);
    const kept = await Promise.all(
      seeds.map((seed) =>
        ask('split.plan', { dataset: 1, seed, ratios: { train: 1, validation: 1, test: 1 } }),
      ),
    );
    expect(kept.every(({ leakCount }) => leakCount === 0)).toBe(true);
    await expect(
      ask('split.plan', { dataset: 1, ratios: { train: 0, validation: 1, test: 1 } }),
    ).rejects.toEqual(codeOf('split.impossible'));
  });
});

describe('a source before it is imported', () => {
  test('shows classes and layout of a folder by names alone', async () => {
    await writeImages();
    put(images, 'a/notes.txt', 'not an image');
    expect(await engine.request('source.inspect', { path: images })).toEqual({
      path: images,
      kind: 'folder',
      layout: 'classFolders',
      imageFileCount: 10,
      classes: ['a', 'b'],
      classCount: 2,
      columns: [],
      chosen: {},
      rowCount: 0,
      warnings: [],
    });
    mkdirSync(join(root, 'empty'));
    const empty = await engine.request('source.inspect', { path: join(root, 'empty') });
    expect([empty.imageFileCount, empty.warnings.length]).toEqual([0, 1]);
    await expect(engine.request('source.inspect', { path: join(root, 'nowhere') })).rejects.toEqual(
      codeOf('file.missing'),
    );
    await expect(
      engine.request('source.inspect', { path: put(root, 'picture.png', await png(1)) }),
    ).rejects.toEqual(codeOf('dataset.invalid'));
  });

  test('shows the columns of a table, and the import follows what was chosen', async () => {
    await writeImages();
    const table = put(
      images,
      'table.csv',
      'scan;taken for;patient;image\na/cell_0.png;sick;p1;x\na/cell_1.png;well;p2;y\nb/copy.png;sick;p1;x\n',
    );
    const seen = await engine.request('source.inspect', { path: table });
    expect(seen).toMatchObject({
      kind: 'csv',
      layout: null,
      rowCount: 3,
      chosen: { file: 'image', label: null, group: 'patient', split: null },
      imageFileCount: 2,
    });
    expect(seen.columns[1]).toEqual({ name: 'taken for', examples: ['sick', 'well'] });
    await expect(ask('dataset.import', { path: table })).rejects.toEqual(codeOf('dataset.empty'));
    await expect(
      ask('dataset.import', { path: table, columns: { file: 'scan', label: 'diagnosis' } }),
    ).rejects.toThrow(/no column "diagnosis".*taken for/);
    const dataset = await ask('dataset.import', {
      path: table,
      columns: { file: 'scan', label: 'taken for', group: null },
    });
    expect(dataset.classes).toEqual([
      { name: 'sick', images: 2 },
      { name: 'well', images: 1 },
    ]);
    expect((await ask('image.list', { dataset: 1 })).images.map(({ group }) => group)).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('a table without names has numbered columns, and columns of one name are told apart', async () => {
    await writeImages();
    const bare = put(images, 'bare.csv', 'a/cell_0.png,x,p1\nb/copy.png,y,p2\n');
    const seen = await engine.request('source.inspect', { path: bare });
    expect(seen.columns.map(({ name }) => name)).toEqual(['Column 1', 'Column 2', 'Column 3']);
    expect(seen.chosen).toEqual({ file: 'Column 1', label: 'Column 2', group: 'Column 3', split: null });
    const imported = await ask('dataset.import', { path: bare, columns: { label: 'Column 3', group: null } });
    expect(imported.classes.map(({ name }) => name)).toEqual(['p1', 'p2']);
    const twice = put(images, 'twice.csv', 'file,label,label,\na/cell_0.png,x,y,z\n');
    const columns = (await engine.request('source.inspect', { path: twice })).columns;
    expect(columns.map(({ name }) => name)).toEqual(['file', 'label', 'label (2)', 'Column 4']);
    writeFileSync(join(images, 'empty.csv'), '');
    expect(await engine.request('source.inspect', { path: join(images, 'empty.csv') })).toMatchObject({
      rowCount: 0,
      columns: [],
    });
  });
});
