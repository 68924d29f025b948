// What tables of runs sort by and says where no cell is drawn. Pure.
import type { RunState, RunSummary } from '../../engine/contract/run.ts';
import { probeNames } from '../../engine/contract/results.ts';
import { describeState } from './runWords.ts';
import { formatCount, formatDuration, formatInterval, formatPercent } from '../widgets/format.ts';

/** States in the order in which a person looks for them: what goes on first, then what needs them. */
const stateOrder: readonly RunState[] = [
  'running',
  'queued',
  'interrupted',
  'failed',
  'paused',
  'stopped',
  'finished',
];

export function rankState(run: Pick<RunSummary, 'state'>): number {
  return stateOrder.indexOf(run.state);
}

/** Share of the steps done. */
export function shareDone({ step, totalSteps }: Pick<RunSummary, 'step' | 'totalSteps'>): number {
  return totalSteps === 0 ? 0 : step / totalSteps;
}

/** `58 %, random 51 %`; a dash where nothing was compared. */
export function describeKnn({ lastKnn, randomKnn }: Pick<RunSummary, 'lastKnn' | 'randomKnn'>): string {
  if (lastKnn === null) return '–';
  return randomKnn === null
    ? formatPercent(lastKnn, 0)
    : `${formatPercent(lastKnn, 0)}, random ${formatPercent(randomKnn, 0)}`;
}

/** `74.6 % (69.1 to 79.4)` of the test images; a dash without a ladder. */
export function describeScore({ score }: Pick<RunSummary, 'score'>): string {
  return score === null ? '–' : formatInterval(score.top1, score.ci95[0], score.ci95[1]);
}

/** What a score must be read beside. */
export function explainScore({ score }: Pick<RunSummary, 'score'>): string {
  if (score === null) return 'Not scored on the test images yet';
  const random =
    score.randomTop1 === null ? '' : `; the same on random weights ${formatPercent(score.randomTop1)}`;
  return `${probeNames[score.probe]} on ${formatCount(score.n, 'test image')}, 95 % interval${random}`;
}

export function describeProgress(run: Pick<RunSummary, 'state' | 'asked' | 'step' | 'totalSteps'>): string {
  if (run.state === 'finished') return describeState(run).label;
  return `${Math.floor(100 * shareDone(run))} %`;
}

export function describeTime({ trainingMs }: Pick<RunSummary, 'trainingMs'>): string {
  return trainingMs === 0 ? '–' : formatDuration(trainingMs);
}
