// What the Run screen's charts draw, from curves and events. Pure.
import type { LineMark } from '../../charts/lineConfig.ts';
import type { Point } from '../../charts/smooth.ts';
import type { RunEvent, RunEventKind } from '../../../engine/contract/run.ts';
import { nameEvent } from '../../state/runWords.ts';
import type { Curve } from './curves.ts';

/** Where steps lie on the axis that is shown. */
export type PlaceSteps = (steps: readonly number[]) => number[];

export function toPoints(curve: Curve, place: PlaceSteps): Point[] {
  const xs = place(curve.steps);
  return curve.values.map((y, index) => ({ x: xs[index]!, y }));
}

const marked = new Set<RunEventKind>(['resumed', 'paused', 'interrupted', 'warning', 'failed']);
/** More than these would hide the curve. */
const mostMarks = 8;

/** Marks in the chart for what interrupted a run; several at one step stand as one. */
export function listMarks(events: readonly RunEvent[], place: PlaceSteps): LineMark[] {
  const byStep = new Map<number, string[]>();
  for (const { kind, step } of events) {
    if (!marked.has(kind) || step === 0) continue;
    const labels = byStep.get(step) ?? [];
    const label = nameEvent(kind).toLowerCase();
    if (!labels.includes(label)) byStep.set(step, [...labels, label]);
  }
  const steps = [...byStep.keys()].slice(-mostMarks);
  return place(steps).map((x, index) => ({ x, label: byStep.get(steps[index]!)!.join(', ') }));
}
