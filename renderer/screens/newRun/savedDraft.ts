// A draft with its sweep as the window keeps it while the page is loaded again. What was kept may be of another version.
import { configFields } from '../../../engine/contract/configFields.ts';
import { readDraft, type RunDraft } from './draft.ts';
import type { Sweep } from './sweep.ts';

export interface SavedDraft {
  readonly draft: RunDraft;
  readonly sweep: Sweep;
  /** The run that it was prefilled from. */
  readonly from: number | null;
}

/** What was kept as JSON; null where that is none, or a draft of another version. */
export function readSavedDraft(text: string | null): SavedDraft | null {
  let saved: Partial<SavedDraft> | null;
  try {
    saved = JSON.parse(text ?? 'null') as Partial<SavedDraft> | null;
  } catch {
    return null;
  }
  const draft = readDraft(JSON.stringify(saved?.draft ?? null));
  if (draft === null || saved?.draft === undefined) return null;
  const { sweep, from } = saved;
  return {
    draft,
    sweep: isSweep(sweep) ? sweep : { kind: 'none' },
    from: typeof from === 'number' ? from : null,
  };
}

function isSweep(value: unknown): value is Sweep {
  const sweep = (value ?? {}) as Partial<Record<string, unknown>>;
  const hasPath = typeof sweep['path'] === 'string' && sweep['path'] in configFields;
  const areNumbers = (...names: string[]) => names.every((name) => typeof sweep[name] === 'number');
  if (sweep['kind'] === 'none') return true;
  if (sweep['kind'] === 'seeds') return areNumbers('count');
  if (sweep['kind'] === 'list') return hasPath && typeof sweep['text'] === 'string';
  return (
    sweep['kind'] === 'range' &&
    hasPath &&
    areNumbers('from', 'to', 'count') &&
    typeof sweep['isLog'] === 'boolean'
  );
}
