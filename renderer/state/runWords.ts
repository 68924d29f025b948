// How a run's state and history read, and what can be done with it in each state.
import type { RunEvent, RunEventKind, RunState, RunSummary } from '../../engine/contract/run.ts';

export type Tone = 'neutral' | 'good' | 'caution' | 'bad';

export interface StateWords {
  readonly label: string;
  readonly tone: Tone;
  /** What it means for the person, in one sentence. */
  readonly sentence: string;
}

const words: Readonly<Record<RunState, StateWords>> = {
  queued: {
    label: 'Waiting',
    tone: 'neutral',
    sentence: 'It waits for its turn and starts by itself.',
  },
  running: { label: 'Training', tone: 'good', sentence: 'It is being trained.' },
  paused: {
    label: 'Paused',
    tone: 'neutral',
    sentence: 'It goes on from where it stopped when you resume it.',
  },
  interrupted: {
    label: 'Interrupted',
    tone: 'caution',
    sentence: 'Its trainer ended unexpectedly. It goes on from its last checkpoint when you resume it.',
  },
  stopped: { label: 'Stopped early', tone: 'neutral', sentence: 'You ended it; what it learned is kept.' },
  finished: { label: 'Finished', tone: 'good', sentence: 'It did all its steps.' },
  failed: {
    label: 'Failed',
    tone: 'bad',
    sentence: 'An error ended it. Its last checkpoint, where there is one, is kept.',
  },
};

/** A state in words; what has been asked of a run and not been done yet comes first. */
export function describeState(run: Pick<RunSummary, 'state' | 'asked'>): StateWords {
  const own = words[run.state];
  if (run.state !== 'running' || run.asked === null) return own;
  return run.asked === 'pause'
    ? { label: 'Pausing', tone: 'neutral', sentence: 'It writes a checkpoint first, then stops.' }
    : { label: 'Stopping', tone: 'neutral', sentence: 'It writes a checkpoint first, then ends for good.' };
}

export type RunAction = 'pause' | 'resume' | 'stop' | 'delete';

const actions: Readonly<Record<RunState, readonly RunAction[]>> = {
  queued: ['pause', 'stop', 'delete'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop', 'delete'],
  interrupted: ['resume', 'stop', 'delete'],
  failed: ['resume', 'delete'],
  stopped: ['delete'],
  finished: ['delete'],
};

/** What may be done with a run now; nothing more once pausing or stopping has been asked for. */
export function listActions(run: Pick<RunSummary, 'state' | 'asked'>): readonly RunAction[] {
  return run.state === 'running' && run.asked !== null ? [] : actions[run.state];
}

const eventWords: Readonly<Record<RunEventKind, string>> = {
  created: 'Created',
  started: 'Started',
  resumed: 'Resumed',
  paused: 'Paused',
  interrupted: 'Interrupted',
  stopped: 'Stopped',
  finished: 'Finished',
  failed: 'Failed',
  notice: 'Note',
  warning: 'Warning',
};

export function nameEvent(kind: RunEventKind): string {
  return eventWords[kind];
}

export function toneOfEvent(kind: RunEventKind): Tone {
  if (kind === 'failed') return 'bad';
  if (kind === 'warning' || kind === 'interrupted') return 'caution';
  return kind === 'finished' ? 'good' : 'neutral';
}

/** What to say of a run whose trainer gives no sign just now; null where it does. */
export function findSilence(state: RunState, events: readonly RunEvent[]): string | null {
  if (state !== 'running') return null;
  const last = events.findLast(
    ({ kind, details }) => kind === 'resumed' || isSilence[String(details['reason'])] !== undefined,
  );
  return last !== undefined && isSilence[String(last.details['reason'])] === true ? last.message : null;
}

/** The reasons of events that begin or end a silence. */
const isSilence: Readonly<Record<string, boolean>> = { silent: true, ended: true, answers: false };

export const protocolWords = {
  clean: {
    label: 'Clean',
    sentence: 'The model never sees the test images before it is scored on them.',
  },
  transductive: {
    label: 'Transductive',
    sentence:
      'The model also pretrains on the test images, without their labels, as the paper does. Scores say less about new images.',
  },
} as const;
