// What every command uses: the engine, where output goes, which project is meant.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EmitEvent, RequestResults } from '../contract/contract.ts';
import type { RequestName, RequestPayload } from '../contract/requests.ts';
import { EngineError } from '../contract/errors.ts';
import { Engine } from '../run/engine.ts';
import { formatCount, formatPlural } from './format.ts';
import { ProgressLine } from './progressLine.ts';
import { escapeControl } from './table.ts';

export interface SessionOptions {
  /** Machines read the output: one JSON value on standard output, nothing else. */
  readonly json: boolean;
  readonly projectFolder: string | undefined;
  readonly signal: AbortSignal;
}

/** One run of the command line. */
export class Session {
  readonly json: boolean;
  readonly progress = new ProgressLine(process.stderr);
  readonly signal: AbortSignal;
  readonly #engine = new Engine({ isolateDryRuns: true });
  readonly #projectFolder: string | undefined;

  constructor({ json, projectFolder, signal }: SessionOptions) {
    this.json = json;
    this.#projectFolder = projectFolder;
    this.signal = signal;
  }

  /** The folder given with --project or THIMBLE_PROJECT, else the current one. Throws request.invalid. */
  get project(): string {
    const folder = this.#projectFolder ?? process.env['THIMBLE_PROJECT'];
    if (folder !== undefined) return folder;
    if (existsSync(join(process.cwd(), 'project.db'))) return process.cwd();
    throw new EngineError(
      'request.invalid',
      'which project? Give --project FOLDER, set THIMBLE_PROJECT, or start in a project folder.',
    );
  }

  /** Asks the engine, showing progress on standard error. */
  async request<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
  ): Promise<RequestResults[Name]> {
    try {
      return await this.#engine.request(name, payload, { emit: this.#showEvent, signal: this.signal });
    } finally {
      this.progress.finish();
    }
  }

  /** Prints a result: as JSON for machines, else as `human` says it. */
  print<Result>(result: Result, human: (result: Result) => string): void {
    process.stdout.write(`${this.json ? JSON.stringify(result, null, 2) : human(result)}\n`);
  }

  /** A sentence for people on the way; machines do not get it. */
  say(sentence: string): void {
    if (this.json) return;
    this.progress.finish();
    process.stderr.write(`${sentence}\n`);
  }

  close(): void {
    this.#engine.close();
  }

  readonly #showEvent: EmitEvent = (name, event) => {
    // A machine that reads the output has no use for progress; a person watching a terminal has.
    if (this.json && process.stderr.isTTY !== true) return;
    if (name === 'import.progress') {
      const { phase, done, total, quarantined } = event as Parameters<typeof describeImport>[0];
      this.progress.update({
        label: phase === 'listing' ? 'Looking for images' : 'Reading images',
        share: total > 0 ? done / total : undefined,
        detail: describeImport({ phase, done, total, quarantined }),
      });
    } else if (name === 'run.progress') {
      const progress = event as {
        step: number;
        totalSteps: number;
        loss: number;
        imagesPerSecond: number;
        timeLeftMs: number;
      };
      this.progress.update({
        label: 'Pretraining',
        share: progress.step / progress.totalSteps,
        detail: `loss ${progress.loss.toFixed(4)}  ${Math.round(progress.imagesPerSecond)} images/s`,
        remainingMs: progress.timeLeftMs,
      });
    } else if (name === 'run.event') {
      const { kind, message } = event as { kind: string; message: string };
      if (kind !== 'created') this.say(escapeControl(message));
    } else if (name === 'ladder.progress' || name === 'task.progress') {
      const { step, share } = event as { step: string; share: number | null };
      this.progress.update({ label: step, share: share ?? undefined });
    }
  };
}

function describeImport(progress: {
  phase: string;
  done: number;
  total: number;
  quarantined: number;
}): string {
  if (progress.phase === 'listing') return '';
  const read = `${formatCount(progress.done)} of ${formatPlural(progress.total, 'file')}`;
  return progress.quarantined > 0 ? `${read}, ${progress.quarantined} set aside` : read;
}
