// An attentive head on frozen tokens, as programs: one that trains it, one that scores with it.
import type { Program, TensorSpec } from '../runtime/program.ts';
import { withPrefix, withoutPrefix } from '../model/weightNames.ts';
import type { NoiseSite } from '../nn/noise.ts';
import { noiseFromInputs, noiseInputSpecs, noNoise } from '../nn/noise.ts';
import {
  classifierInputSpecs,
  classifierStateSpecs,
  classifierStep,
  prefixWeights,
} from './classifierProgram.ts';
import type { AttentiveHead, HeadShape } from './heads/attentiveHead.ts';
import { attentiveHeads, sampleHeadWeights } from './heads/attentiveHeads.ts';

export type AttentiveHeadId = AttentiveHead['id'];

/** Sizes that a head's programs are built for. */
export interface HeadLayout {
  readonly head: AttentiveHeadId;
  readonly shape: HeadShape;
  readonly batchSize: number;
  /** N, tokens of an image. */
  readonly tokenCount: number;
}

const weightPrefix = 'head/';
const noisePrefix = 'noise/head/';

function weightSpecs({ head, shape }: HeadLayout): TensorSpec[] {
  return prefixWeights(attentiveHeads[head].weightSpecs(shape), weightPrefix);
}

function tokenSpec({ batchSize, tokenCount, shape }: HeadLayout): TensorSpec {
  return { name: 'tokens', shape: [batchSize, tokenCount, shape.embedDim], type: 'float32' };
}

/** Where the head drops elements while it trains; decisions come from sampleNoise. */
export function headNoiseSites({ head, shape, batchSize, tokenCount }: HeadLayout): NoiseSite[] {
  return attentiveHeads[head].noiseSites(shape, { batchSize, tokenCount, prefix: noisePrefix });
}

/** Initial weights under the names of the programs' state. */
export function sampleHeadState(layout: HeadLayout, seed: number): Record<string, Float32Array> {
  const sampled = withPrefix(
    sampleHeadWeights(attentiveHeads[layout.head], layout.shape, seed),
    weightPrefix,
  );
  return Object.fromEntries(weightSpecs(layout).map(({ name }) => [name, sampled[name]!]));
}

/**
 * One training step of a head. Inputs `tokens` [B, N, D] (layer-normalised), `targets` [B, C], dropout decisions and
 * AdamW's numbers; state `head/<name>` with its moments; output `loss` [1].
 */
export function headProgram(layout: HeadLayout): Program {
  const sites = headNoiseSites(layout);
  const trainable = weightSpecs(layout);
  return {
    name: `train ${layout.head} head`,
    inputs: [
      tokenSpec(layout),
      ...classifierInputSpecs(layout.batchSize, layout.shape.numClasses),
      ...noiseInputSpecs(sites),
    ],
    state: classifierStateSpecs(trainable),
    build: (inputs, state) => {
      const noise = noiseFromInputs(sites, inputs, noisePrefix);
      return classifierStep(trainable, inputs, state, (weights) =>
        attentiveHeads[layout.head].computeLogits(
          inputs['tokens']!,
          withoutPrefix(weights, weightPrefix),
          layout.shape,
          noise,
        ),
      );
    },
  };
}

/** Scores images: input `tokens` [B, N, D], state `head/<name>`, output `logits` [B, C]. No dropout. */
export function headScoreProgram(layout: HeadLayout): Program {
  return {
    name: `score ${layout.head} head`,
    inputs: [tokenSpec(layout)],
    state: weightSpecs(layout),
    build: (inputs, state) => {
      const weights = withoutPrefix(state, weightPrefix);
      const { computeLogits } = attentiveHeads[layout.head];
      return {
        state: {},
        outputs: { logits: computeLogits(inputs['tokens']!, weights, layout.shape, noNoise) },
      };
    },
  };
}
