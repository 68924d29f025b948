// The main job in one command: a folder of images in, an honest ladder out.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { DatasetDetails } from '../contract/answers.ts';
import { EngineError } from '../contract/errors.ts';
import type { PresetName } from '../contract/presets.ts';
import type { Ladder } from '../contract/results.ts';
import type { RunDetails } from '../contract/run.ts';
import { findSampleFolder } from '../run/sampleFolder.ts';
import { renderDataset, renderLeaks, renderSplit } from './commands/datasetCommands.ts';
import { sayNotices } from './commands/runCommands.ts';
import { formatDuration } from './format.ts';
import { renderLadder } from './ladderText.ts';
import type { Session } from './session.ts';

export interface DemoOptions {
  /** A folder or CSV; default: the sample that ships with Thimble. */
  readonly path?: string;
  /** For everything: import, pretraining and ladder. */
  readonly minutes?: number;
  readonly preset?: PresetName;
  readonly imageSize?: number;
  /** Default: auto. */
  readonly device?: string;
  readonly seed?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where the project is made; default: a temporary folder. */
  readonly projectFolder?: string;
  readonly jsonFile?: string;
}

export interface DemoReport {
  readonly dataset: {
    readonly name: string;
    readonly images: number;
    readonly classes: number;
    readonly quarantined: number;
  };
  readonly protocol: string;
  readonly project: string;
  readonly seconds: number;
  readonly pretrainSeconds: number;
  readonly stepMs: number;
  readonly imagesPerSecond: number;
  readonly verdict: string;
  readonly ladder: readonly {
    readonly name: string;
    readonly probe: string;
    readonly top1: number;
    readonly balancedAccuracy: number;
    readonly ci95: readonly [number, number];
    readonly n: number;
  }[];
  readonly warnings: readonly string[];
}

/** The whole demo on the sample ends within this on two cores. */
const sampleMinutes = 7;
const defaultMinutes = 30;
/**
 * What was measured to work on the sample in a few minutes (docs/decisions/023-the-sample-learns-slowly.md): with the
 * preset's own rate its features fall onto a few directions and stay there.
 */
const sampleSettings = {
  'optimizer.lrPeak': 3e-4,
  'optimizer.lrFlatShare': 0.5,
  'optimizer.emaStart': 0.999,
} as const;
/** Of the time after the import: the rest is for supervised training and probes. */
const pretrainShare = 0.68;
const supervisedShare = 0.22;

function stepFigures({ trainingMs, step, config }: RunDetails): { stepMs: number; imagesPerSecond: number } {
  const stepMs = trainingMs / Math.max(1, step);
  return { stepMs, imagesPerSecond: (1000 * config.optimizer.batchSize) / stepMs };
}

function listWarnings(dataset: DatasetDetails, run: RunDetails, leakCount: number): string[] {
  const warnings = [...dataset.warnings];
  if (dataset.quarantinedCount > 0) warnings.push(`${dataset.quarantinedCount} files were set aside.`);
  if (leakCount > 0) warnings.push(`${leakCount} images have a look-alike in another part of the split.`);
  return [...warnings, ...run.events.filter(({ kind }) => kind === 'warning').map(({ message }) => message)];
}

function buildReport(
  dataset: DatasetDetails,
  run: RunDetails,
  ladder: Ladder,
  facts: { readonly project: string; readonly seconds: number; readonly leakCount: number },
): DemoReport {
  return {
    dataset: {
      name: dataset.name,
      images: dataset.imageCount,
      classes: dataset.classCount,
      quarantined: dataset.quarantinedCount,
    },
    protocol: ladder.protocol,
    project: facts.project,
    seconds: facts.seconds,
    pretrainSeconds: run.trainingMs / 1000,
    ...stepFigures(run),
    verdict: ladder.verdict.sentence,
    ladder: ladder.rows.map(({ name, probe, top1, balancedAccuracy, ci95, n }) => ({
      name,
      probe,
      top1,
      balancedAccuracy,
      ci95,
      n,
    })),
    warnings: listWarnings(dataset, run, facts.leakCount),
  };
}

/** Pretrains within what is left of the time, less the ladder's share. */
async function pretrain(
  session: Session,
  project: string,
  split: number,
  options: DemoOptions,
  minutes: number,
) {
  const settings: Record<string, unknown> = {
    ...(options.path === undefined ? sampleSettings : {}),
    ...options.settings,
  };
  if (options.imageSize !== undefined) settings['model.imageSize'] = options.imageSize;
  session.say('Measuring a few real steps on this machine …');
  const created = await session.request('run.create', {
    project,
    split,
    preset: options.preset,
    settings,
    seed: options.seed,
    executor: options.device,
    minutes,
  });
  sayNotices(session, created);
  const { model, optimizer } = created.config;
  session.say(
    `Pretraining ${model.tokenizer}, ${model.imageSize} px, ${model.embedDim} features, ${model.depth} blocks: ` +
      `${created.totalSteps} steps of ${optimizer.batchSize} images (${optimizer.epochs.toFixed(1)} epochs).`,
  );
  const run = await session.request('run.start', { project, run: created.id });
  if (run.state === 'finished') return run;
  if (session.signal.aborted) {
    throw new EngineError('run.state', `Paused; thimble run resume ${run.id} --project ${project} goes on.`);
  }
  throw new EngineError(
    'run.state',
    `Pretraining is ${run.state}: ${run.failure?.message ?? 'see thimble run show'}`,
  );
}

/** Runs the demo and prints its ladder. Throws what the engine throws. */
export async function runDemo(session: Session, options: DemoOptions): Promise<DemoReport> {
  const startedMs = performance.now();
  const elapsedMinutes = () => (performance.now() - startedMs) / 60_000;
  const path = resolve(options.path ?? findSampleFolder());
  const minutes = options.minutes ?? (options.path === undefined ? sampleMinutes : defaultMinutes);
  const project = options.projectFolder ?? join(mkdtempSync(join(tmpdir(), 'thimble-')), basename(path));
  await session.request('project.create', { folder: project });
  session.say(`Project: ${project}`);
  const dataset = await session.request('dataset.import', { project, path });
  session.say(renderDataset(dataset));
  const { split, leaks } = await session.request('split.create', {
    project,
    dataset: dataset.id,
    seed: options.seed,
  });
  session.say(renderSplit(split));
  if (leaks.length > 0) session.say(renderLeaks(leaks));
  const left = minutes - elapsedMinutes();
  const run = await pretrain(session, project, split.id, options, Math.max(0.1, left * pretrainShare));
  const ladder = await session.request('ladder.run', {
    project,
    run: run.id,
    supervisedMinutes: Math.max(0.1, left * supervisedShare),
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const report = buildReport(dataset, run, ladder, { project, seconds, leakCount: leaks.length });
  session.print(
    report,
    () => `${renderLadder(ladder)}\n\nAll of it took ${formatDuration(seconds * 1000)}. Project: ${project}`,
  );
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
