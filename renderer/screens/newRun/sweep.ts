// Several runs from one draft: the same settings with several seeds, or one setting with several values. Pure.
import { configFields } from '../../../engine/contract/configFields.ts';
import { nameSetting, writeNumber, writeSetting } from '../../state/settingWords.ts';
import { changeSetting, fittedByTime, suggestName, type RunDraft } from './draft.ts';

/** More than this at once is most likely a slip. */
export const mostRuns = 50;

export type Sweep =
  | { readonly kind: 'none' }
  | { readonly kind: 'seeds'; readonly count: number }
  | { readonly kind: 'list'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'range';
      readonly path: string;
      readonly from: number;
      readonly to: number;
      readonly count: number;
      /** Equal ratios instead of equal distances; for learning rates. */
      readonly isLog: boolean;
    };

export interface PlannedRuns {
  readonly drafts: readonly RunDraft[];
  /** Why there are none. */
  readonly problem: string | null;
}

const noRuns = (problem: string): PlannedRuns => ({ drafts: [], problem });

/** Values typed with commas, semicolons or spaces between them. */
export function parseValues(path: string, text: string): { values: unknown[]; problem: string | null } {
  const field = configFields[path];
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  if (words.length === 0) return { values: [], problem: 'Enter at least two values, separated by commas.' };
  if (field?.kind === 'choice') {
    const unknown = words.find((word) => !field.choices.includes(word));
    if (unknown === undefined) return { values: [...new Set(words)], problem: null };
    return { values: [], problem: `“${unknown}” is not one of ${field.choices.join(', ')}.` };
  }
  const bad = words.find((word) => !Number.isFinite(Number(word)));
  if (bad !== undefined) return { values: [], problem: `“${bad}” is not a number.` };
  return { values: [...new Set(words.map(Number))], problem: null };
}

/** `count` values from one end to the other, both included; whole numbers where the field wants them. */
export function spaceValues({ path, from, to, count, isLog }: Extract<Sweep, { kind: 'range' }>): number[] {
  const share = (index: number) => (count === 1 ? 0 : index / (count - 1));
  const at = (index: number) =>
    isLog ? from * (to / from) ** share(index) : from + (to - from) * share(index);
  const round = (value: number) =>
    configFields[path]?.kind === 'integer' ? Math.round(value) : Number(writeNumber(value));
  return [...new Set(Array.from({ length: count }, (_, index) => round(at(index))))];
}

/** Whether a setting can be swept: one value a run, and not decided by the time budget. */
export function canSweep(path: string, draft: Pick<RunDraft, 'minutes'>): boolean {
  const field = configFields[path];
  if (!field || field.kind === 'range' || path === 'seed') return false;
  if (field.kind === 'integer' && field.min === field.max) return false;
  return draft.minutes === null || !fittedByTime.includes(path);
}

function findRangeProblem(sweep: Extract<Sweep, { kind: 'range' }>): string | null {
  const { from, to, count, isLog } = sweep;
  if (![from, to].every(Number.isFinite)) return 'Enter where the range begins and ends.';
  if (!Number.isInteger(count) || count < 2) return 'A range needs at least two values.';
  if (isLog && (from <= 0 || to <= 0)) return 'Equal ratios need ends greater than 0.';
  return from === to ? 'The range begins where it ends.' : null;
}

function planValues(draft: RunDraft, path: string, values: readonly unknown[]): PlannedRuns {
  if (values.length < 2) return noRuns('Enter at least two values, separated by commas.');
  if (values.length > mostRuns) return noRuns(`At most ${mostRuns} runs at once.`);
  const name = nameSetting(path).toLowerCase();
  const base =
    draft.name === ''
      ? suggestName({ ...draft, settings: omit(draft.settings, path) }, nameSetting)
      : draft.name;
  const drafts = values.map((value) => ({
    ...changeSetting(draft, path, value),
    name: `${base}, ${name} ${writeSetting(value)}`,
    tags: addTag(draft.tags, `sweep: ${name}`),
  }));
  return { drafts, problem: null };
}

function omit(settings: RunDraft['settings'], path: string): RunDraft['settings'] {
  const { [path]: _left, ...others } = settings;
  return others;
}

function addTag(tags: readonly string[], tag: string): string[] {
  return [...new Set([...tags, tag])];
}

/** The runs that a sweep makes of a draft, in the order in which they will be trained. */
export function planRuns(draft: RunDraft, sweep: Sweep): PlannedRuns {
  switch (sweep.kind) {
    case 'none':
      return { drafts: [draft], problem: null };
    case 'seeds': {
      const { count } = sweep;
      if (!Number.isInteger(count) || count < 2) return noRuns('Enter how many seeds, at least two.');
      if (count > mostRuns) return noRuns(`At most ${mostRuns} runs at once.`);
      const drafts = Array.from({ length: count }, (_, index) => {
        const seed = draft.seed + index;
        const name = draft.name === '' ? '' : `${draft.name}, seed ${seed}`;
        return { ...draft, seed, name, tags: addTag(draft.tags, 'sweep: seeds') };
      });
      return { drafts, problem: null };
    }
    case 'list': {
      const { values, problem } = parseValues(sweep.path, sweep.text);
      return problem === null ? planValues(draft, sweep.path, values) : noRuns(problem);
    }
    case 'range': {
      const problem = findRangeProblem(sweep);
      return problem === null ? planValues(draft, sweep.path, spaceValues(sweep)) : noRuns(problem);
    }
  }
}
