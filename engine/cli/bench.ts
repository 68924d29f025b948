// The benchmark: each configuration in a process of its own, so that its peak memory is its own; a table, and JSON.
import { fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserializeError, EngineError, type SerializedError } from '../contract/errors.ts';
import { renderTable } from './table.ts';
import { benchSizes, type BenchSize, type BenchTask } from './bench/configurations.ts';
import type { LoopFigures, StepFigures } from './bench/measureStep.ts';

export interface BenchOptions {
  /** Default: all. */
  readonly sizes?: readonly BenchSize[];
  /** Timed steps of each configuration, at least 7; default 9. */
  readonly steps?: number;
  readonly threads?: number;
  /** Whether onnxruntime's idle threads wait awake; default true. */
  readonly spinning?: boolean;
  /** A folder of images: the whole loop is then measured too, once for each size with dropout off. */
  readonly imagesFolder?: string;
  /** Where to write the figures as JSON. */
  readonly jsonFile?: string;
  /** Receives lines for a person as they come. Default: standard output. */
  readonly print?: (line: string) => void;
}

export interface BenchRow {
  readonly size: BenchSize;
  readonly dropout: boolean;
  readonly batchSize: number;
  readonly stepMs: Spread;
  readonly prepareMs: Spread;
  readonly imagesPerSecond: number;
  readonly gflopPerStep: number;
  readonly gflopsPerSecond: number;
  readonly peakGflopsPerSecond: number;
  /** Share of the measured peak, 0 … 1. */
  readonly shareOfPeak: number;
  readonly peakRssBytes: number;
  readonly buildMs: number;
}

export interface LoopRow {
  readonly size: BenchSize;
  readonly stepMs: Spread;
  /** The step alone, taken in turns with the loop in the same process. */
  readonly bareMs: Spread;
  readonly imagesPerSecond: number;
  /** The loop's rate over that of the bare step, 0 … 1. */
  readonly shareOfBareStep: number;
  readonly importImagesPerSecond: number;
  readonly loaderImagesPerSecond: number;
  readonly imageCount: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export interface BenchReport {
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string };
  readonly steps: readonly BenchRow[];
  readonly loops: readonly LoopRow[];
}

const fewestSteps = 7;

/**
 * Measures, prints and returns the figures. Throws request.invalid for fewer than 7 steps, and what the measured processes
 * throw.
 */
export async function runBench(options: BenchOptions = {}): Promise<BenchReport> {
  const { sizes = benchSizes, steps = 9, threads, spinning, imagesFolder, jsonFile } = options;
  const print = options.print ?? ((line: string) => process.stdout.write(`${line}\n`));
  if (steps < fewestSteps) {
    throw new EngineError('request.invalid', `bench: expected at least ${fewestSteps} steps, got ${steps}`);
  }
  const rows: BenchRow[] = [];
  const loops: LoopRow[] = [];
  for (const size of sizes) {
    for (const dropout of [false, true]) {
      print(`measuring ${size}, dropout ${dropout ? 'on' : 'off'}`);
      const figures = await measureInProcess({ size, dropout, steps, threads, spinning });
      if (figures.kind === 'step') rows.push(stepRow(size, dropout, figures));
    }
    if (imagesFolder === undefined) continue;
    print(`measuring ${size}, the whole loop on ${imagesFolder}`);
    const figures = await measureInProcess({ size, dropout: false, steps, threads, spinning, imagesFolder });
    if (figures.kind === 'loop') loops.push(loopRow(size, figures));
  }
  const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  const report: BenchReport = { machine, steps: rows, loops };
  print(renderReport(report));
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

/** The report as tables. */
export function renderReport({ machine, steps, loops }: BenchReport): string {
  const tables = [
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}`,
    '',
    renderSteps(steps),
  ];
  if (loops.length > 0) tables.push('', renderLoops(loops));
  return tables.join('\n');
}

function renderSteps(rows: readonly BenchRow[]): string {
  const titles = [
    'step',
    'dropout',
    'batch',
    'ms',
    'fastest',
    'slowest',
    'prepare ms',
    'images/s',
    'GFLOP/s',
    'of peak',
    'peak RSS',
    'build s',
  ];
  return renderTable(
    titles.map((title, index) => ({ title, align: index < 2 ? ('left' as const) : ('right' as const) })),
    rows.map((row) => [
      row.size,
      row.dropout ? 'on' : 'off',
      `${row.batchSize}`,
      row.stepMs.median.toFixed(0),
      row.stepMs.min.toFixed(0),
      row.stepMs.max.toFixed(0),
      row.prepareMs.median.toFixed(0),
      row.imagesPerSecond.toFixed(1),
      row.gflopsPerSecond.toFixed(0),
      `${(100 * row.shareOfPeak).toFixed(0)} % of ${row.peakGflopsPerSecond.toFixed(0)}`,
      `${(row.peakRssBytes / 1e6).toFixed(0)} MB`,
      (row.buildMs / 1000).toFixed(1),
    ]),
  );
}

function renderLoops(rows: readonly LoopRow[]): string {
  const titles = [
    'whole loop',
    'images',
    'ms',
    'step alone',
    'images/s',
    'of the bare step',
    'import/s',
    'loader/s',
  ];
  return renderTable(
    titles.map((title, index) => ({ title, align: index < 1 ? ('left' as const) : ('right' as const) })),
    rows.map((row) => [
      row.size,
      `${row.imageCount}`,
      row.stepMs.median.toFixed(0),
      row.bareMs.median.toFixed(0),
      row.imagesPerSecond.toFixed(1),
      `${(100 * row.shareOfBareStep).toFixed(0)} %`,
      row.importImagesPerSecond.toFixed(0),
      row.loaderImagesPerSecond.toFixed(0),
    ]),
  );
}

function stepRow(size: BenchSize, dropout: boolean, figures: StepFigures): BenchRow {
  const stepMs = spreadOf(figures.stepMs);
  const gflopsPerSecond = figures.flops / 1e6 / stepMs.median;
  const peakGflopsPerSecond = figures.peakFlopsPerSecond / 1e9;
  return {
    size,
    dropout,
    batchSize: figures.batchSize,
    stepMs,
    prepareMs: spreadOf(figures.prepareMs),
    imagesPerSecond: (1000 * figures.batchSize) / stepMs.median,
    gflopPerStep: figures.flops / 1e9,
    gflopsPerSecond,
    peakGflopsPerSecond,
    shareOfPeak: gflopsPerSecond / peakGflopsPerSecond,
    peakRssBytes: figures.peakRssBytes,
    buildMs: figures.buildMs,
  };
}

function loopRow(size: BenchSize, figures: LoopFigures): LoopRow {
  const stepMs = spreadOf(figures.stepMs);
  const bareMs = spreadOf(figures.bareMs);
  return {
    size,
    stepMs,
    bareMs,
    imagesPerSecond: (1000 * figures.batchSize) / stepMs.median,
    shareOfBareStep: bareMs.median / stepMs.median,
    importImagesPerSecond: figures.importImagesPerSecond,
    loaderImagesPerSecond: figures.loaderImagesPerSecond,
    imageCount: figures.imageCount,
  };
}

/** Median and extremes; values must not be empty. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, count: sorted.length };
}

interface ProcessReply {
  readonly figures?: StepFigures | LoopFigures;
  readonly error?: SerializedError;
}

function measureInProcess(task: BenchTask): Promise<StepFigures | LoopFigures> {
  return new Promise((resolve, reject) => {
    const child = fork(findProcessFile(), [JSON.stringify(task)]);
    let reply: ProcessReply = {};
    child.on('message', (message) => (reply = message as ProcessReply));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (reply.figures) resolve(reply.figures);
      else if (reply.error) reject(deserializeError(reply.error));
      else
        reject(
          new EngineError('executor.failed', `bench: the process ended with ${signal ?? `code ${code}`}`),
        );
    });
  });
}

/** The measuring process's bundle: beside this code once it is bundled, else where the build puts it. */
function findProcessFile(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'bench.mjs'), join(folder, 'dist', 'engine', 'bench.mjs')]) {
      if (existsSync(candidate)) return candidate;
    }
    if (folder === dirname(folder)) {
      throw new EngineError('internal', 'the benchmark is not built: run `npm run build`');
    }
  }
}
