// The command line as a person uses it: the built program in a process of its own, on real files, from import to export.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatasetDetails, RunComparison } from '../../../engine/contract/answers.ts';
import type { AppliedModel, MeasuredCost } from '../../../engine/contract/cost.ts';
import type { Ladder } from '../../../engine/contract/results.ts';
import type { RunDetails } from '../../../engine/contract/run.ts';
import { decodeSafetensors } from '../../../engine/project/safetensors.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'engine', 'thimble.mjs');
const folder = mkdtempSync(join(tmpdir(), 'thimble-cli-'));
const project = join(folder, 'project');
const images = join(folder, 'images');
const tiny = [
  'model.imageSize=32',
  'model.embedDim=32',
  'model.depth=1',
  'model.numHeads=2',
  'model.predictorDepth=1',
  'optimizer.batchSize=8',
  'optimizer.epochs=2',
  'optimizer.warmupEpochs=1',
].flatMap((setting) => ['--set', setting]);

function thimble(...argumentList: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argumentList], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function thimbleJson<Result>(...argumentList: readonly string[]): Result {
  const { status, stdout, stderr } = thimble(...argumentList, '--project', project, '--json');
  expect({ status, stderr, error: status === 0 ? '' : stdout }).toEqual({ status: 0, stderr: '', error: '' });
  return JSON.parse(stdout) as Result;
}

/** Noise around one colour a class: easy to tell apart, so that probes have something to find. */
async function writeImages(): Promise<void> {
  for (const [label, level] of [
    ['dark', 60],
    ['light', 170],
  ] as const) {
    mkdirSync(join(images, label), { recursive: true });
    for (let index = 0; index < 20; index++) {
      const random = new CounterRandom(1, label, index);
      const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, () => level + random.nextInteger(60));
      const raw = { width: 40, height: 40, channels: 3 } as const;
      await sharp(pixels, { raw })
        .png()
        .toFile(join(images, label, `${index}.png`));
    }
  }
}

beforeAll(writeImages);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  test('goes from a folder of images to a measured, exported encoder', () => {
    expect(thimble('project', 'create', project).stdout).toContain(project);
    const dataset = thimbleJson<DatasetDetails>('dataset', 'import', images);
    expect([dataset.imageCount, dataset.classes.map(({ name }) => name)]).toEqual([40, ['dark', 'light']]);
    expect(thimble('split', 'create', '1', '--seed', '3', '--project', project).stdout).toContain(
      '28 train, 6 validation, 6 test',
    );

    const first = thimbleJson<RunDetails>('run', 'start', '1', ...tiny, '--seed', '1');
    expect([first.state, first.step, first.config.model.embedDim]).toEqual(['finished', 8, 32]);
    const second = thimbleJson<RunDetails>(
      'run',
      'start',
      '1',
      ...tiny,
      '--set',
      'augment.colorViews=none',
      '--seed',
      '1',
    );

    for (const run of [first, second]) {
      const ladder = thimbleJson<Ladder>('ladder', 'run', String(run.id), '--supervised-minutes', '0.02');
      expect(ladder.rows.map(({ name }) => name)).toEqual([
        'random weights',
        'random weights',
        'supervised from scratch',
        'MIM-JEPA',
        'MIM-JEPA',
      ]);
      for (const row of ladder.rows) {
        expect(row.n).toBe(6);
        expect(row.ci95[0]).toBeLessThanOrEqual(row.top1);
        expect(row.ci95[1]).toBeGreaterThanOrEqual(row.top1);
      }
    }
    expect(thimble('ladder', 'show', '1', '--project', project).stdout).toContain('random weights');

    const comparison = thimbleJson<RunComparison>('compare', '1', '2');
    expect(comparison.settings).toEqual({ 'augment.colorViews': ['diff', 'none'] });
    expect(comparison.comparisons.length).toBe(1);

    thimbleJson('export', 'encoder', '1', join(folder, 'encoder.safetensors'));
    const { tensors } = decodeSafetensors(readFileSync(join(folder, 'encoder.safetensors')));
    expect(tensors['transformer.blocks.0.self_attn.qkv.weight']!.shape).toEqual([96, 32]);
    thimbleJson('export', 'onnx', '1', join(folder, 'encoder.onnx'));
    expect(existsSync(join(folder, 'encoder.onnx'))).toBe(true);
    thimbleJson('export', 'features', '1', join(folder, 'features.csv'));
    expect(readFileSync(join(folder, 'features.csv'), 'utf8').split('\n').length).toBe(42);
  });

  test('a run is measured before it is made, and applied to new images after', () => {
    const { cost, forecast } = thimbleJson<MeasuredCost>('run', 'measure', '1', ...tiny);
    expect(forecast.totalSteps).toBe(8);
    expect(cost.diskBytes).toBeGreaterThan(0);
    // From memory: the very same figures, in words.
    expect(thimble('run', 'measure', '1', ...tiny, '--project', project).stdout).toContain(
      '8 steps, 2 epochs',
    );
    const file = join(folder, 'predictions.csv');
    const applied = thimbleJson<AppliedModel>('run', 'apply', '1', join(images, 'light'), file);
    expect(applied.imageCount).toBe(20);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(21);
  });

  test('a time budget becomes a number of epochs, measured on real steps', () => {
    const planned = thimbleJson<RunDetails>('run', 'start', '1', ...tiny, '--minutes', '0.2', '--queue');
    expect(planned.state).toBe('queued');
    expect(planned.plan!.measuredSteps).toBeGreaterThanOrEqual(5);
    expect(planned.totalSteps).toBe(planned.plan!.totalSteps);
    thimbleJson('run', 'cancel', String(planned.id));
    thimbleJson('run', 'delete', String(planned.id));
    thimbleJson('run', 'purge', String(planned.id));
    expect(thimbleJson<RunDetails[]>('run', 'list', '--trash')).toEqual([]);
  });

  test('a run goes to the trash and comes back', () => {
    expect(thimble('run', 'delete', '2', '--project', project).stdout).toContain('trash');
    expect(thimbleJson<RunDetails[]>('run', 'list').map(({ id }) => id)).toEqual([1]);
    thimbleJson('run', 'restore', '2');
    expect(thimbleJson<RunDetails[]>('run', 'list').map(({ id }) => id)).toEqual([2, 1]);
  });

  test('a moved folder is found again by content', () => {
    const result = thimbleJson<{ found: number }>('dataset', 'relink', '1', images);
    expect(result.found).toBe(40);
  });

  test('a project is looked after without a screen', () => {
    expect(thimble('project', 'rename', 'Shades', '--project', project).stdout).toContain('Shades');
    expect(thimble('dataset', 'rename', '1', 'gray', '--project', project).stdout).toContain('gray');
    expect(thimble('source', 'inspect', images).stdout).toContain('40 image files (classFolders), 2 classes');
    const again = thimbleJson<DatasetDetails>('dataset', 'import', images, '--name', 'again');
    expect(thimble('dataset', 'duplicates', String(again.id), '--project', project).stdout).toBe(
      'No two images look alike.\n',
    );
    expect(thimbleJson<unknown[]>('dataset', 'remove', String(again.id))).toHaveLength(1);
    const used = thimble('dataset', 'remove', '1', '--project', project);
    expect([used.status, used.stderr]).toEqual([1, expect.stringContaining('(run.state)')]);
    expect(thimbleJson<{ fileCount: number }>('cache', 'show').fileCount).toBe(40);
    expect(thimbleJson<{ fileCount: number }>('cache', 'clear').fileCount).toBe(0);
  });

  test('a table is imported by the columns that are named', () => {
    const table = join(folder, 'table.csv');
    writeFileSync(
      table,
      `scan,kind\n${join(images, 'dark', '0.png')},x\n${join(images, 'light', '0.png')},y\n`,
    );
    const columns = ['--column', 'file=scan', '--column', 'label=kind', '--column', 'group='];
    const dataset = thimbleJson<DatasetDetails>('dataset', 'import', table, ...columns);
    expect(dataset.classes.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(thimble('dataset', 'import', table, '--column', 'colour=kind').status).toBe(2);
  });

  test('errors say what happened and leave a code, for people and for machines', () => {
    const missing = thimble('dataset', 'import', join(folder, 'nowhere'), '--project', project);
    expect([missing.status, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/nowhere is not there\n\(file.missing\)/),
    ]);
    const json = thimble('run', 'show', '99', '--project', project, '--json');
    expect(JSON.parse(json.stdout).error.code).toBe('run.notFound');
    const setting = thimble('run', 'start', '1', '--set', 'model.width=3', '--project', project);
    expect([setting.status, setting.stderr]).toEqual([
      1,
      expect.stringContaining('there is no setting model.width'),
    ]);
  });

  test('wrong use exits with 2 and says what is possible', () => {
    expect(thimble('run', 'start', 'first').status).toBe(2);
    expect(thimble('no-such-command').status).toBe(2);
    expect(thimble('--help').status).toBe(0);
  });
});
