// Notices a trainer that gives no sign of life (a driver that hangs, a disk that is gone), says so in the run's events, and
// ends it once someone has asked the run to pause or stop. It is not ended unasked: what hangs may come back.
import { hostname } from 'node:os';
import type { AskedOfRun, RunEventKind } from '../../contract/run.ts';
import { runFolder, type Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { readAsked, readRunState, readRunSummary } from '../../project/queries/runs.ts';
import { readLifeSign, type LifeSign } from './lifeSign.ts';
import { isRunLocked } from './runLock.ts';
import { reconcileRuns, stopRun } from './supervisor.ts';

/** Between two looks no more time than this counts: the computer may have slept, and this process with it. */
const mostBetweenLooksMs = 5_000;

interface Watched {
  /** Changes whenever the trainer does anything. */
  mark: string;
  silentMs: number;
  lookedMs: number;
  isTold: boolean;
}

export class SilenceWatch {
  readonly #project: Project;
  readonly #watched = new Map<number, Watched>();
  /** Runs whose trainer was ended here, and what had been asked of them. */
  readonly #ended = new Map<number, AskedOfRun>();

  constructor(project: Project) {
    this.#project = project;
  }

  /** Looks at the runs that train. @param nowMs a clock that only goes forward. */
  look(running: readonly number[], nowMs = performance.now()): void {
    this.#settle(running);
    for (const runId of this.#watched.keys()) if (!running.includes(runId)) this.#watched.delete(runId);
    for (const runId of running) this.#lookAt(runId, nowMs);
  }

  #lookAt(runId: number, nowMs: number): void {
    const sign = readLifeSign(runFolder(this.#project, runId));
    const { step } = readRunSummary(this.#project.database, runId);
    const watched = this.#watched.get(runId);
    const mark = sign === null ? (watched?.mark ?? '') : `${step} ${sign.pid} ${sign.answers}`;
    if (!watched || watched.mark !== mark) {
      if (watched?.isTold) this.#tell(runId, 'notice', 'answers', describeReturn(watched.silentMs));
      this.#watched.set(runId, { mark, silentMs: 0, lookedMs: nowMs, isTold: false });
      return;
    }
    watched.silentMs += Math.min(nowMs - watched.lookedMs, mostBetweenLooksMs);
    watched.lookedMs = nowMs;
    if (sign === null || watched.silentMs < sign.patienceMs) return;
    if (!watched.isTold) {
      watched.isTold = true;
      this.#tell(runId, 'warning', 'silent', describeSilence(watched.silentMs));
    }
    this.#endIfAsked(runId, sign);
  }

  #endIfAsked(runId: number, sign: LifeSign): void {
    const asked = readAsked(this.#project.database, runId);
    const isHere = sign.host === hostname() && sign.pid !== process.pid;
    // Without the lock that process has ended, and its number may be another's by now.
    if (asked === null || this.#ended.has(runId) || !isHere || !isRunLocked(this.#project, runId)) return;
    this.#ended.set(runId, asked);
    this.#tell(runId, 'notice', 'ended', 'Its process did not answer, so it was ended, as asked.');
    try {
      process.kill(sign.pid, 'SIGKILL');
    } catch {
      // It has ended by itself, or belongs to another user, who has to end it.
    }
  }

  /** A run that was asked to stop is stopped for good once its trainer is gone. */
  #settle(running: readonly number[]): void {
    for (const [runId, asked] of this.#ended) {
      if (running.includes(runId)) continue;
      this.#ended.delete(runId);
      reconcileRuns(this.#project);
      if (asked === 'stop' && readRunState(this.#project.database, runId) === 'interrupted') {
        stopRun(this.#project, runId);
      }
    }
  }

  #tell(runId: number, kind: RunEventKind, reason: string, message: string): void {
    const { database } = this.#project;
    const { step } = readRunSummary(database, runId);
    insertRunEvent(database, runId, { step, kind, message, details: { reason } });
  }
}

const inMinutes = (ms: number) => {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
};

const describeSilence = (ms: number) =>
  `No sign of training for ${inMinutes(ms)}: the driver of the device or the disk may hang. It may come back by itself; pausing or stopping the run ends it, and it can go on from its last checkpoint.`;

const describeReturn = (ms: number) => `Training goes on, after ${inMinutes(ms)} without a sign.`;
