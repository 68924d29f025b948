// One line of live progress on a terminal; sparse plain lines where output is piped to a file.
import { formatDuration } from './format.ts';
import { escapeControl } from './table.ts';

interface LineStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barCells = 24;
const redrawMs = 100;
const pipedLineMs = 15_000;

/** "━━━━━━────── " for a share from 0 to 1. */
export function renderBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barCells);
  return '━'.repeat(filled) + '─'.repeat(barCells - filled);
}

export interface ProgressUpdate {
  readonly label: string;
  /** 0 … 1, or undefined while the end is not known. */
  readonly share?: number | undefined;
  readonly detail?: string;
  readonly remainingMs?: number | undefined;
}

/** Writes progress to a stream, at a bounded rate. */
export class ProgressLine {
  readonly #stream: LineStream;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  constructor(stream: LineStream) {
    this.#stream = stream;
  }

  /** Shows the newest state; calls in quick succession are skipped. */
  update(update: ProgressUpdate, nowMs = performance.now()): void {
    const isLive = this.#stream.isTTY === true;
    if (nowMs - this.#lastWrite < (isLive ? redrawMs : pipedLineMs)) return;
    this.#lastWrite = nowMs;
    const text = this.#render(update);
    if (!isLive) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#isOpen = true;
    this.#stream.write(`\r\u001b[2K${text.slice(0, (this.#stream.columns ?? 100) - 1)}`);
  }

  /** Ends the live line and, if given, leaves a sentence in its place. */
  finish(sentence?: string): void {
    if (this.#isOpen) this.#stream.write('\r\u001b[2K');
    this.#isOpen = false;
    this.#lastWrite = Number.NEGATIVE_INFINITY;
    if (sentence !== undefined) this.#stream.write(`${escapeControl(sentence)}\n`);
  }

  #render({ label, share, detail, remainingMs }: ProgressUpdate): string {
    const parts = [escapeControl(label)];
    if (share !== undefined) parts.push(renderBar(share), `${Math.floor(share * 100)} %`.padStart(5));
    if (detail) parts.push(escapeControl(detail));
    if (remainingMs !== undefined) parts.push(`${formatDuration(remainingMs)} left`);
    return parts.join('  ');
  }
}
