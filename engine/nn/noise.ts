// Dropout and stochastic depth whose random decisions come from outside: drawn on the host from the counter, fed as
// inputs. A site with probability 0 does not exist: it has no input and adds no operation.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedData, NamedTensors, TensorSpec } from '../runtime/program.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import { EngineError } from '../contract/errors.ts';

/** One place where a network draws random decisions. */
export interface NoiseSite {
  /** Also the name of the input that carries the decisions, e.g. `noise/context/blocks.0.attention`. */
  readonly name: string;
  /** `dropout`: a 0/1 byte for each element; `depth`: 0 or 1/(1 − probability), one float for each image. */
  readonly kind: 'dropout' | 'depth';
  readonly shape: readonly number[];
  /** Probability that an element (or an image's branch) is zeroed, > 0 and < 1. */
  readonly probability: number;
}

/** How a network's forward pass applies its noise. Both functions return their argument where there is no such site. */
export interface Noise {
  /** x: the shape of the site. Zeroed where drawn, the rest multiplied by 1/(1 − probability). */
  readonly dropout: (site: string, x: Tensor) => Tensor;
  /** x: [B, ...]. Whole images zeroed where drawn, the rest multiplied by 1/(1 − probability). */
  readonly depth: (site: string, x: Tensor) => Tensor;
}

/** Evaluation mode: no dropout, no stochastic depth. */
export const noNoise: Noise = { dropout: (_site, x) => x, depth: (_site, x) => x };

/** The inputs that carry the sites' decisions. */
export function noiseInputSpecs(sites: readonly NoiseSite[]): TensorSpec[] {
  return sites.map((site) => ({
    name: site.name,
    shape: site.shape,
    type: site.kind === 'dropout' ? 'uint8' : 'float32',
  }));
}

/** Noise read from a program's inputs; `prefix` is what the sites' names have before the network's own names. */
export function noiseFromInputs(sites: readonly NoiseSite[], inputs: NamedTensors, prefix: string): Noise {
  const byName = new Map(sites.map((site) => [site.name, site]));
  return {
    dropout: (name, x) => {
      const site = byName.get(prefix + name);
      if (!site) return x;
      assertSiteShape(site, x);
      // The factor meets the decisions, not x: so the gradient reuses the product.
      return tf.mul(x, tf.mul(inputs[site.name]!, 1 / (1 - site.probability)));
    },
    depth: (name, x) => {
      const site = byName.get(prefix + name);
      if (!site) return x;
      return tf.mul(x, tf.reshape(inputs[site.name]!, [-1, ...x.shape.slice(1).map(() => 1)]));
    },
  };
}

function assertSiteShape(site: NoiseSite, x: Tensor): void {
  if (site.shape.join() === x.shape.join()) return;
  throw new EngineError('tensor.shape', `dropout ${site.name}: expected [${site.shape}], got [${x.shape}]`);
}

/** The decisions of one step, each site from its own stream (seed, site, step). Same arguments, same numbers. */
export function sampleNoise(sites: readonly NoiseSite[], seed: number, step: number): NamedData {
  return Object.fromEntries(
    sites.map((site) => {
      const random = new CounterRandom(seed, site.name, step);
      const count = site.shape.reduce((product, side) => product * side, 1);
      const values =
        site.kind === 'dropout'
          ? sampleKeepBytes(count, site.probability, random)
          : sampleDepthFactors(count, site.probability, random);
      return [site.name, values];
    }),
  );
}

/** `count` bytes, 0 with the given probability (to 1/65,536), else 1; two decisions from each 32-bit draw. */
export function sampleKeepBytes(count: number, probability: number, random: CounterRandom): Uint8Array {
  // The sign bit of (last dropped value − half): 1 where half is beyond it. A comparison here would be a branch that no
  // processor can predict, and this loop decides tens of millions of times a step.
  const lastDropped = Math.round(probability * 65_536) - 1;
  const bytes = new Uint8Array(count);
  const paired = count & ~1;
  for (let index = 0; index < paired; index += 2) {
    const bits = random.uint32At(index >>> 1) | 0;
    bytes[index] = (lastDropped - (bits & 0xffff)) >>> 31;
    bytes[index + 1] = (lastDropped - (bits >>> 16)) >>> 31;
  }
  if (count & 1) bytes[paired] = (lastDropped - (random.uint32At(paired >>> 1) & 0xffff)) >>> 31;
  return bytes;
}

function sampleDepthFactors(count: number, probability: number, random: CounterRandom): Float32Array {
  return Float32Array.from({ length: count }, () =>
    random.nextUniform() < probability ? 0 : 1 / (1 - probability),
  );
}
