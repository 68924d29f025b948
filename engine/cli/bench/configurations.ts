// What the benchmark runs: the two sizes that its targets are stated for.
import { paperConfig, type RunConfig } from '../../contract/config.ts';

export const benchSizes = ['mid', 'paper'] as const;
export type BenchSize = (typeof benchSizes)[number];

/** One measurement, done in a process of its own. Plain data. */
export interface BenchTask {
  readonly size: BenchSize;
  readonly dropout: boolean;
  /** Steps that are timed, after two that are not. */
  readonly steps: number;
  readonly threads?: number;
  /** Whether idle threads wait awake; see SessionOptions. */
  readonly spinning?: boolean;
  /** Measures the whole loop with the images of this folder instead of the bare step. */
  readonly imagesFolder?: string;
}

/** `mid`: 96 px, 192-d, 6 layers, 3 heads, predictor 2, batch 32. `paper`: the paper's own model, batch 8. */
export function benchConfig(size: BenchSize, dropout: boolean): RunConfig {
  const model = {
    ...paperConfig.model,
    ...(dropout ? {} : { dropout: 0, attentionDropout: 0, stochasticDepth: 0 }),
  };
  if (size === 'paper')
    return { ...paperConfig, model, optimizer: { ...paperConfig.optimizer, batchSize: 8 } };
  return {
    ...paperConfig,
    model: { ...model, imageSize: 96, embedDim: 192, depth: 6, numHeads: 3, predictorDepth: 2 },
    optimizer: { ...paperConfig.optimizer, batchSize: 32 },
  };
}
