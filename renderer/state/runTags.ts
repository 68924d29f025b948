// The tags that runs carry. Pure.
import type { RunSummary } from '../../engine/contract/run.ts';

/** Every tag with the number of runs that carry it, the most used first. */
export function countTags(runs: readonly RunSummary[]): { readonly tag: string; readonly runs: number }[] {
  const counts = new Map<string, number>();
  for (const tag of runs.flatMap((run) => run.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, count]) => ({ tag, runs: count }))
    .sort((a, b) => b.runs - a.runs || a.tag.localeCompare(b.tag));
}
