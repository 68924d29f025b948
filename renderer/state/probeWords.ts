// What the probes are called, the same on every screen.
import type { LadderRow } from '../../engine/contract/results.ts';

export const probeNames: Readonly<Record<LadderRow['probe'], string>> = {
  ridge: 'linear probe',
  logistic: 'logistic probe',
  knn: 'kNN',
  simple: 'attentive probe, simple',
  multihead: 'attentive probe, multi-head',
  cross: 'attentive probe, cross-attention',
  supervised: 'labels',
};
