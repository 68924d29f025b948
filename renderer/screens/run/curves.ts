// Curves of a run as they grow: joined from what the engine sends, never longer than a screen can show. Pure.
import type { MetricName, MetricSeries } from '../../../engine/contract/run.ts';
import { countBefore } from '../../state/curveAxis.ts';

export interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}
export type Curves = ReadonlyMap<MetricName, Curve>;

export const noCurve: Curve = { steps: [], values: [] };

/** A curve is thinned to `kept` points once it has more than `most`. */
export const curveLimits = { kept: 2000, most: 4000 } as const;

/** At most `limit` points: the smallest and the largest of each stretch, so that a spike is never lost. */
export function thinCurve(curve: Curve, limit: number): Curve {
  const { steps, values } = curve;
  if (steps.length <= limit) return curve;
  const stretches = Math.max(1, Math.floor(limit / 2));
  const kept: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * steps.length) / stretches);
    const to = Math.floor(((stretch + 1) * steps.length) / stretches);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (values[i]! < values[low]!) low = i;
      if (values[i]! > values[high]!) high = i;
    }
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  }
  return { steps: kept.map((index) => steps[index]!), values: kept.map((index) => values[index]!) };
}

function joinCurve(before: Curve, added: MetricSeries): Curve {
  const [from] = added.steps;
  if (from === undefined) return before;
  const kept = countBefore(before.steps, from);
  const joined = {
    steps: [...before.steps.slice(0, kept), ...added.steps],
    values: [...before.values.slice(0, kept), ...added.values],
  };
  return joined.steps.length > curveLimits.most ? thinCurve(joined, curveLimits.kept) : joined;
}

/** Curves with newer points; points of the same step and later are replaced. */
export function joinCurves(before: Curves, added: readonly MetricSeries[]): Curves {
  const joined = new Map(before);
  for (const series of added) joined.set(series.name, joinCurve(joined.get(series.name) ?? noCurve, series));
  return joined;
}

/** The step to ask for next: after the last training step that is known. */
export function nextStep(curves: Curves): number {
  const last = curves.get('loss')?.steps.at(-1);
  return last === undefined ? 0 : last + 1;
}
