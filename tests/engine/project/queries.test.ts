import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { paperConfig } from '../../../engine/contract/config.ts';
import type { ImageRecord, ScanReport } from '../../../engine/contract/dataset.ts';
import type { Ladder, LadderRow } from '../../../engine/contract/results.ts';
import { runStates } from '../../../engine/contract/run.ts';
import { createProject, type Project } from '../../../engine/project/project.ts';
import {
  deleteDataset,
  insertDataset,
  listClasses,
  listImages,
  listSetAside,
  readDataset,
  relinkDataset,
} from '../../../engine/project/queries/datasets.ts';
import { readMakeup } from '../../../engine/project/queries/datasetMakeup.ts';
import { deleteMetricsFrom, insertMetrics, readMetrics } from '../../../engine/project/queries/metrics.ts';
import { insertLadder } from '../../../engine/project/queries/probes.ts';
import {
  annotateRun,
  askRun,
  changeRunState,
  deleteRun,
  insertRun,
  listRuns,
  readAsked,
  readRun,
  readRunState,
  setRunTrashed,
} from '../../../engine/project/queries/runs.ts';
import { insertSplit, readSplit, readSplitParts } from '../../../engine/project/queries/splits.ts';

let root: string;
let project: Project;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-queries-'));
  project = createProject(join(root, 'project'));
});
afterEach(() => {
  project.close();
  rmSync(root, { recursive: true, force: true });
});

const codeOf = (code: string) => expect.objectContaining({ code });

function imageAt(relativePath: string, label: string | null): ImageRecord {
  return {
    relativePath,
    sizeBytes: 1000,
    modifiedMs: 1234.5,
    sha256: relativePath.padEnd(64, '0').slice(0, 64),
    pixelSha256: 'f'.repeat(64),
    format: 'png',
    width: 40,
    height: 30,
    bitDepth: 16,
    channels: 1,
    window: { rule: 'integerRange', low: 3, high: 4000 },
    notes: ['intensityScaled'],
    fingerprint: {
      differenceHash: 'ab'.repeat(32),
      thumbnail: Uint8Array.from({ length: 1024 }, (_, i) => i % 256),
    },
    label,
    group: label === null ? null : 'patient 1',
    givenSplit: label === null ? null : 'test',
  };
}

function reportOf(images: readonly ImageRecord[]): ScanReport {
  return {
    rootFolder: '/images',
    layout: 'classFolders',
    images,
    quarantined: [
      {
        relativePath: 'bad.png',
        reason: 'content.corrupt',
        message: 'It is damaged.',
        sizeBytes: 3,
        sha256: null,
      },
    ],
    ignored: [],
    classes: ['a', 'b'],
    warnings: ['One loose file.'],
    durationMs: 5,
    cancelled: false,
  };
}

const images = [imageAt('a/1.png', 'a'), imageAt('b/ü.png', 'b'), imageAt('loose.png', null)];

function addDataset(): number {
  return insertDataset(project.database, { name: 'cells', csvPath: null, report: reportOf(images) });
}

function addSplit(datasetId: number): number {
  return insertSplit(project.database, {
    datasetId,
    name: 'drawn',
    settings: { ratios: { train: 70, validation: 15, test: 15 }, keepGiven: true, keepTogether: 'exact' },
    imageIds: listImages(project.database, datasetId).map((image) => image.id),
    assignment: {
      method: 'drawn',
      seed: 1,
      splits: ['train', 'test', 'validation'],
      counts: { train: 1, validation: 1, test: 1 },
      classes: ['a', 'b'],
      classCounts: { train: [1, 0], validation: [0, 0], test: [0, 1] },
      missingClasses: { train: ['b'], validation: ['a', 'b'], test: ['a'] },
      groupCount: 0,
      sharedGroupCount: 0,
      warnings: [],
    },
    manifestHash: 'd'.repeat(64),
  });
}

function addRun(): number {
  const datasetId = addDataset();
  return insertRun(project.database, {
    name: 'first',
    datasetId,
    splitId: addSplit(datasetId),
    protocol: 'clean',
    manifestHash: 'd'.repeat(64),
    config: paperConfig,
    executor: 'compiled-cpu',
    versions: { thimble: '1' },
    plan: null,
    totalSteps: 100,
  });
}

describe('datasets', () => {
  test('what an import found comes back as it was', () => {
    const id = addDataset();
    const { database } = project;
    const stored = listImages(database, id).map(({ id: _id, ...image }) => image);
    const comparable = stored.map((image) => ({
      ...image,
      fingerprint: { ...image.fingerprint, thumbnail: Uint8Array.from(image.fingerprint.thumbnail) },
    }));
    expect(comparable).toEqual(images);
    expect(listClasses(database, id)).toEqual(['a', 'b']);
    expect(listSetAside(database, id, 'quarantined')).toEqual(reportOf(images).quarantined);
    expect(readDataset(database, id)).toMatchObject({
      name: 'cells',
      imageCount: 3,
      labelledCount: 2,
      classCount: 2,
      quarantinedCount: 1,
      ignoredCount: 0,
      warnings: ['One loose file.'],
    });
    expect(() => readDataset(database, 99)).toThrow(codeOf('dataset.notFound'));
  });

  test('what its images are like is counted', () => {
    const plain = { width: 20, height: 90, format: 'jpeg', notes: [], group: null } as const;
    const report = reportOf([...images, { ...imageAt('a/2.jpg', 'a'), ...plain }]);
    const id = insertDataset(project.database, { name: 'mixed', csvPath: null, report });
    addDataset();
    expect(readMakeup(project.database, id)).toEqual({
      formats: [
        { format: 'png', images: 3 },
        { format: 'jpeg', images: 1 },
      ],
      notes: [{ note: 'intensityScaled', images: 3 }],
      notedCount: 3,
      shortSides: [
        { pixels: 20, images: 1 },
        { pixels: 30, images: 3 },
      ],
      commonSize: { width: 40, height: 30, images: 3 },
      sizeCount: 2,
      groupCount: 1,
      givenSplitCount: 3,
    });
  });

  test('files that swapped names are relinked', () => {
    const id = addDataset();
    const [first, second] = listImages(project.database, id);
    relinkDataset(project.database, id, '/elsewhere', [
      { id: first!.id, relativePath: second!.relativePath, modifiedMs: 1 },
      { id: second!.id, relativePath: first!.relativePath, modifiedMs: 2 },
    ]);
    const after = listImages(project.database, id);
    expect(after.find((image) => image.id === first!.id)?.relativePath).toBe('b/ü.png');
    expect(after.find((image) => image.id === second!.id)?.relativePath).toBe('a/1.png');
    expect(readDataset(project.database, id).rootFolder).toBe('/elsewhere');
  });

  test('one that a run uses cannot be deleted', () => {
    const run = readRun(project.database, addRun());
    expect(() => deleteDataset(project.database, run.datasetId)).toThrow(codeOf('run.state'));
    deleteRun(project.database, run.id);
    deleteDataset(project.database, run.datasetId);
    expect(() => readDataset(project.database, run.datasetId)).toThrow(codeOf('dataset.notFound'));
  });

  test('images of a removed one leave their numbers to no others', () => {
    addDataset();
    const removed = addDataset();
    const numbers = listImages(project.database, removed).map(({ id }) => id);
    deleteDataset(project.database, removed);
    const added = listImages(project.database, addDataset()).map(({ id }) => id);
    expect(Math.min(...added)).toBe(Math.max(...numbers) + 1);
  });

  test('a split comes back with its parts', () => {
    const datasetId = addDataset();
    const split = readSplit(project.database, addSplit(datasetId));
    expect(split).toMatchObject({
      method: 'drawn',
      seed: 1,
      settings: { ratios: { train: 70, validation: 15, test: 15 }, keepGiven: true, keepTogether: 'exact' },
      manifestHash: 'd'.repeat(64),
    });
    expect(split.summary.counts).toEqual({ train: 1, validation: 1, test: 1 });
    expect([...readSplitParts(project.database, split.id).values()]).toEqual(['train', 'test', 'validation']);
    expect(() => readSplit(project.database, 99)).toThrow(codeOf('dataset.notFound'));
  });
});

describe('runs', () => {
  test('only sensible changes of state are allowed', () => {
    const { database } = project;
    const allowed = new Set([
      'queued→running',
      'queued→paused',
      'queued→stopped',
      'queued→failed',
      'running→paused',
      'running→interrupted',
      'running→stopped',
      'running→finished',
      'running→failed',
      'paused→queued',
      'paused→stopped',
      'interrupted→queued',
      'interrupted→stopped',
      'failed→queued',
    ]);
    const id = addRun();
    for (const from of runStates) {
      for (const to of runStates) {
        database.prepare('UPDATE runs SET state = ? WHERE id = ?').run(from, id);
        const change = () => changeRunState(database, id, to);
        if (allowed.has(`${from}→${to}`)) change();
        else expect(change, `${from}→${to}`).toThrow(codeOf('run.state'));
        expect(readRunState(database, id)).toBe(allowed.has(`${from}→${to}`) ? to : from);
      }
    }
    expect(() => changeRunState(database, 99, 'running')).toThrow(codeOf('run.notFound'));
  });

  test('a change of state answers what was asked, and sets the times', () => {
    const { database } = project;
    const id = addRun();
    expect(readRun(database, id)).toMatchObject({ startedAtMs: null, endedAtMs: null });
    changeRunState(database, id, 'running');
    askRun(database, id, 'pause');
    expect(readAsked(database, id)).toBe('pause');
    const { startedAtMs } = readRun(database, id);
    changeRunState(database, id, 'paused');
    expect(readAsked(database, id)).toBeNull();
    expect(readRun(database, id).endedAtMs).toBeGreaterThanOrEqual(startedAtMs!);
    changeRunState(database, id, 'queued');
    changeRunState(database, id, 'running');
    expect(readRun(database, id)).toMatchObject({ startedAtMs, endedAtMs: null });
  });

  test('notes, tags and the trash are kept', () => {
    const { database } = project;
    const id = addRun();
    annotateRun(database, id, { name: 'renamed', tags: ['b', 'a', 'b'] });
    annotateRun(database, id, { notes: 'looks good' });
    expect(readRun(database, id)).toMatchObject({ name: 'renamed', notes: 'looks good', tags: ['a', 'b'] });
    setRunTrashed(database, id, 5);
    expect(listRuns(database)).toEqual([]);
    expect(listRuns(database, { trashed: true }).map((run) => run.id)).toEqual([id]);
    setRunTrashed(database, id, null);
    expect(listRuns(database).map((run) => run.id)).toEqual([id]);
  });
});

function rowOf(kind: LadderRow['kind'], probe: LadderRow['probe'], top1: number): LadderRow {
  return {
    name: kind,
    kind,
    probe,
    encoder: kind === 'supervised' ? null : 'context',
    features: 'mean of the last block',
    n: 50,
    top1,
    top5: null,
    balancedAccuracy: top1,
    ci95: [top1 - 0.1, top1 + 0.1],
    ci95Balanced: [top1 - 0.1, top1 + 0.1],
    interval: { kind: 'bca', draws: 100, resampled: 'images', units: 50 },
    perClass: [],
    confusion: [],
    protocol: 'clean',
    split: 'drawn',
    seed: 1,
    trainImages: 100,
    selection: {
      criterion: 'validation top-1',
      validationImages: 20,
      candidates: [],
      chosen: '',
      atGridEdge: false,
    },
    seconds: 1,
    predictions: [],
  };
}

function addLadder(runId: number, splitId: number, rows: readonly LadderRow[]): void {
  const place = { runId, splitId, step: 10, seed: 1, settings: {}, durationMs: 5 };
  const ladder: Ladder = {
    dataset: 'cells',
    protocol: 'clean',
    split: 'drawn',
    classes: ['a', 'b'],
    rows,
    comparisons: [],
    verdict: { helps: 'unclear', sentence: '', advice: [] },
    notes: [],
  };
  insertLadder(project.database, place, ladder);
}

describe('scores of runs', () => {
  test('a run without a ladder has none', () => {
    const id = addRun();
    expect(listRuns(project.database)).toMatchObject([{ id, score: null }]);
  });

  test('a run is known by the newest ladder’s first pretrained row, not by whichever probe did best on the test images', () => {
    const id = addRun();
    const { splitId } = readRun(project.database, id);
    addLadder(id, splitId, [rowOf('pretrained', 'ridge', 0.9)]);
    addLadder(id, splitId, [
      rowOf('random', 'knn', 0.4),
      rowOf('random', 'ridge', 0.5),
      rowOf('supervised', 'supervised', 0.95),
      rowOf('pretrained', 'ridge', 0.6),
      rowOf('pretrained', 'knn', 0.7),
    ]);
    const score = { probe: 'ridge', top1: 0.6, ci95: [0.5, 0.7], n: 50, randomTop1: 0.5 };
    expect(readRun(project.database, id).score).toEqual(score);
    expect(listRuns(project.database)[0]!.score).toEqual(score);
  });
});

describe('metrics', () => {
  test('a resumed run forgets what came after its checkpoint and nothing else', () => {
    const { database } = project;
    const id = addRun();
    const points = [0, 1, 2, 3].flatMap((step) => [
      { name: 'loss', step, value: step / 2 } as const,
      { name: 'lr', step, value: 1e-3 } as const,
    ]);
    insertMetrics(database, id, points);
    expect(deleteMetricsFrom(database, id, 2)).toBe(4);
    expect(readMetrics(database, id)).toEqual([
      { name: 'loss', steps: [0, 1], values: [0, 0.5] },
      { name: 'lr', steps: [0, 1], values: [1e-3, 1e-3] },
    ]);
    insertMetrics(database, id, [{ name: 'loss', step: 1, value: 9 }]);
    expect(readMetrics(database, id, { names: ['loss'], fromStep: 1 })).toEqual([
      { name: 'loss', steps: [1], values: [9] },
    ]);
    expect(readRun(database, id).lastLoss).toBe(9);
  });

  test('a thinned curve keeps its spike, its order and its bound', () => {
    const { database } = project;
    const id = addRun();
    const points = Array.from({ length: 1000 }, (_, step) => ({
      name: 'loss' as const,
      step,
      value: step === 617 ? 99 : Math.sin(step / 50),
    }));
    database.transaction(() => insertMetrics(database, id, points))();
    const [curve] = readMetrics(database, id, { maxPoints: 40 });
    expect(curve!.values).toContain(99);
    expect(curve!.steps.length).toBeLessThanOrEqual(40);
    expect(curve!.steps).toEqual([...curve!.steps].sort((a, b) => a - b));
  });
});
