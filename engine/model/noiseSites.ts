// Where a trunk draws random decisions while it trains.
import type { ModelConfig } from '../contract/config.ts';
import type { NoiseSite } from '../nn/noise.ts';
import type { TransformerShape } from './transformer.ts';

export interface NoiseLayout {
  /** Prefix of the sites' names, e.g. `noise/context/`. */
  readonly prefix: string;
  readonly batchSize: number;
  /** M where the last block computes only M chosen tokens of each image. */
  readonly chosenTokens?: number;
}

/**
 * Sites of one trunk: dropout after the positions, on attention weights, after each projection (and inside the MLP), and
 * stochastic depth with a probability that grows linearly from 0 in the first block. Sites of probability 0 are left out.
 */
export function transformerNoiseSites(
  model: ModelConfig,
  shape: TransformerShape,
  { prefix, batchSize, chosenTokens }: NoiseLayout,
): NoiseSite[] {
  const length = shape.numRegisterTokens + shape.gridSide ** 2;
  const sites: NoiseSite[] = [];
  const add = (name: string, kind: NoiseSite['kind'], probability: number, ...sides: number[]) => {
    if (probability > 0) sites.push({ name: prefix + name, kind, shape: sides, probability });
  };
  add('positions', 'dropout', model.dropout, batchSize, length, shape.embedDim);
  for (let index = 0; index < shape.depth; index++) {
    const block = `blocks.${index}`;
    const queries = index === shape.depth - 1 ? (chosenTokens ?? length) : length;
    const depthShare = shape.depth === 1 ? 0 : index / (shape.depth - 1);
    const drop = model.dropout;
    add(`${block}.attention`, 'dropout', model.attentionDropout, batchSize, shape.numHeads, queries, length);
    add(`${block}.projection`, 'dropout', drop, batchSize, queries, shape.embedDim);
    add(`${block}.attentionDepth`, 'depth', model.stochasticDepth * depthShare, batchSize);
    if (shape.hiddenWidth === 0) continue;
    if (shape.feedForward === 'mlp') {
      add(`${block}.hidden`, 'dropout', drop, batchSize, queries, shape.hiddenWidth);
      add(`${block}.output`, 'dropout', drop, batchSize, queries, shape.embedDim);
    }
    add(`${block}.feedForwardDepth`, 'depth', model.stochasticDepth * depthShare, batchSize);
  }
  return sites;
}
