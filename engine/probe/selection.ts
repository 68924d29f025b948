// How a probe's setting is chosen: by top-1 on validation images, then balanced accuracy, then the earlier candidate.
// Nothing here can see a test image.
import type { Selection, SelectionCandidate } from '../contract/results.ts';
import type { Matrix } from './denseMatrix.ts';
import { scoreAgainstLabels } from './metrics.ts';

/** A setting that was tried, with whatever the probe needs to use it. */
export interface Tried<Setting> extends SelectionCandidate {
  readonly value: Setting;
}

/** Scores a setting's validation scores [n, classes] against validation labels [n]. */
export function judgeSetting<Setting>(
  setting: string,
  value: Setting,
  scores: Matrix,
  labels: Int32Array,
): Tried<Setting> {
  const { top1, balancedAccuracy } = scoreAgainstLabels(scores, labels);
  return { setting, value, validationTop1: top1, validationBalancedAccuracy: balancedAccuracy };
}

/** True where a did strictly better on the validation images than b. */
export function isBetter(a: SelectionCandidate, b: SelectionCandidate): boolean {
  // Two accuracies of the same images that are equal but for rounding must count as equal.
  const difference = a.validationTop1 - b.validationTop1;
  if (Math.abs(difference) > 1e-9) return difference > 0;
  return a.validationBalancedAccuracy - b.validationBalancedAccuracy > 1e-9;
}

/** The best candidate; of equals, the first. The list must not be empty. */
export function chooseBest<Setting>(tried: readonly Tried<Setting>[]): Tried<Setting> {
  return tried.reduce((best, candidate) => (isBetter(candidate, best) ? candidate : best));
}

/** The record of a choice, without the values. */
export function describeSelection<Setting>(
  tried: readonly Tried<Setting>[],
  chosen: Tried<Setting>,
  details: { readonly validationImages: number; readonly atGridEdge: boolean },
): Selection {
  return {
    criterion: 'validation top-1',
    ...details,
    candidates: tried.map(({ setting, validationTop1, validationBalancedAccuracy }) => ({
      setting,
      validationTop1,
      validationBalancedAccuracy,
    })),
    chosen: chosen.setting,
  };
}
