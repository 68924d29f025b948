// Initial values of a weight by its name: the official implementation's initialisers, drawn from the counter.
import type { TensorSpec } from '../runtime/program.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import { sampleFanInUniform, sampleKaimingNormal, sampleTruncatedNormal } from '../nn/sampleWeights.ts';

const transformerDeviation = 0.02;
/** The mask embedding starts as good as zero. */
const maskEmbeddingDeviation = 1e-6;

/** Number of blocks that come before this trunk's blocks, once for each time its outputs are scaled down. */
export type RescaleOffsets = readonly number[];

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Residual branches end in these two layers; they start smaller the deeper the block is. */
function rescaleFactor(name: string, offsets: RescaleOffsets): number {
  const match = /blocks\.(\d+)\.(?:self_attn\.proj|ffn_layer\.last_linear)\.weight$/.exec(name);
  if (!match) return 1;
  return offsets.reduce((factor, offset) => factor / Math.sqrt(2 * (offset + Number(match[1]) + 1)), 1);
}

function sampleConvolution(spec: TensorSpec, random: CounterRandom): Float32Array {
  const fanIn = countOf(spec.shape.slice(1));
  return sampleKaimingNormal(countOf(spec.shape), fanIn, random);
}

/** Values of one weight. `biasFanIn`: inputs of the layer that a bias belongs to. */
function sampleWeight(
  { name, shape, type }: TensorSpec,
  offsets: RescaleOffsets,
  biasFanIn: number,
  random: CounterRandom,
): Float32Array {
  const count = countOf(shape);
  if (shape.length === 4) return sampleConvolution({ name, shape, type }, random);
  if (name === 'head.1.weight') return new Float32Array(count).fill(1);
  if (name === 'head.1.bias') return new Float32Array(count);
  if (name.endsWith('.bias') || name === 'head.2.weight') return sampleFanInUniform(count, biasFanIn, random);
  if (name.endsWith('msk_embed')) return sampleTruncatedNormal(count, maskEmbeddingDeviation, random);
  const factor = rescaleFactor(name, offsets);
  return sampleTruncatedNormal(count, transformerDeviation, random).map((value) => value * factor);
}

/** Initial values for all specs of one network; each weight has its own stream (seed, network, name). */
export function sampleInitialWeights(
  specs: readonly TensorSpec[],
  network: 'encoder' | 'predictor',
  offsets: RescaleOffsets,
  seed: number,
): Record<string, Float32Array> {
  const shapes = new Map(specs.map((spec) => [spec.name, spec.shape]));
  return Object.fromEntries(
    specs.map((spec) => {
      const layerShape = shapes.get(spec.name.replace(/\.bias$/, '.weight')) ?? spec.shape;
      const random = new CounterRandom(seed, 'initial', network, spec.name);
      return [spec.name, sampleWeight(spec, offsets, countOf(layerShape.slice(1)), random)];
    }),
  );
}
