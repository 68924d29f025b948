// From an image's tokens to one vector: the mean over its tokens, with or without their spread.
import type { FeatureSet } from './probeData.ts';

export type Layer = 'tokenizer' | number;

/** Mean and standard deviation over the tokens of each image, for one layer: [n, D] each. */
export interface PooledLayer {
  readonly layer: Layer;
  readonly embedDim: number;
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Room for n images. */
export function createPooledLayer(layer: Layer, n: number, embedDim: number): PooledLayer {
  return {
    layer,
    embedDim,
    mean: new Float32Array(n * embedDim),
    deviation: new Float32Array(n * embedDim),
  };
}

/**
 * Pools the first `count` images of a batch of tokens [B, N, D] into rows `first` … of a pooled layer. Sums are float64.
 */
export function poolTokens(
  into: PooledLayer,
  tokens: Float32Array,
  tokenCount: number,
  place: { readonly first: number; readonly count: number },
): void {
  const d = into.embedDim;
  const sum = new Float64Array(d);
  const squares = new Float64Array(d);
  for (let image = 0; image < place.count; image++) {
    sum.fill(0);
    squares.fill(0);
    const start = image * tokenCount * d;
    for (let at = 0; at < tokenCount * d; at++) {
      const value = tokens[start + at]!;
      sum[at % d]! += value;
      squares[at % d]! += value * value;
    }
    for (let j = 0; j < d; j++) {
      const mean = sum[j]! / tokenCount;
      into.mean[(place.first + image) * d + j] = mean;
      into.deviation[(place.first + image) * d + j] = Math.sqrt(
        Math.max(0, squares[j]! / tokenCount - mean * mean),
      );
    }
  }
}

/** "last block", "block 3 of 6", "tokenizer". */
export function sayLayer(layer: Layer, depth: number): string {
  if (layer === 'tokenizer') return 'the tokenizer';
  return layer === depth - 1 ? 'the last block' : `block ${layer + 1} of ${depth}`;
}

function interleave(layers: readonly Float32Array[], n: number, d: number): Float32Array {
  const out = new Float32Array(n * d * layers.length);
  layers.forEach((values, part) => {
    for (let row = 0; row < n; row++) {
      out.set(values.subarray(row * d, (row + 1) * d), (row * layers.length + part) * d);
    }
  });
  return out;
}

/** The token means of one layer as features: [n, D]. */
export function describeMeans({ layer, embedDim, mean }: PooledLayer, depth: number): FeatureSet {
  return { name: `mean of ${sayLayer(layer, depth)}`, features: mean, dimensions: embedDim };
}

/** Token means and standard deviations of one layer side by side: [n, 2·D]. */
export function describeMeansAndSpreads(pooled: PooledLayer, depth: number): FeatureSet {
  const { layer, embedDim, mean, deviation } = pooled;
  return {
    name: `mean and spread of ${sayLayer(layer, depth)}`,
    features: interleave([mean, deviation], mean.length / embedDim, embedDim),
    dimensions: 2 * embedDim,
  };
}

/** Several feature sets of the same images side by side: [n, sum of dimensions]. */
export function joinFeatureSets(name: string, sets: readonly FeatureSet[]): FeatureSet {
  const dimensions = sets.reduce((sum, set) => sum + set.dimensions, 0);
  const n = sets[0]!.features.length / sets[0]!.dimensions;
  const features = new Float32Array(n * dimensions);
  let offset = 0;
  for (const set of sets) {
    for (let row = 0; row < n; row++) {
      features.set(
        set.features.subarray(row * set.dimensions, (row + 1) * set.dimensions),
        row * dimensions + offset,
      );
    }
    offset += set.dimensions;
  }
  return { name, features, dimensions };
}

/** The rows of one feature set, then those of another of the same kind, e.g. views of the same images. */
export function appendRows(set: FeatureSet, more: FeatureSet): FeatureSet {
  const features = new Float32Array(set.features.length + more.features.length);
  features.set(set.features);
  features.set(more.features, set.features.length);
  return { ...set, features };
}
