// Random initial weights, from the counter. Deviations are those of PyTorch's initialisers of the same names.
import type { CounterRandom } from '../random/counterRandom.ts';

/** Normal values of mean 0, cut off (redrawn) beyond ±2 absolute, as PyTorch's trunc_normal_ does. */
export function sampleTruncatedNormal(count: number, deviation: number, random: CounterRandom): Float32Array {
  return Float32Array.from({ length: count }, () => {
    let value = deviation * random.nextNormal();
    while (Math.abs(value) > 2) value = deviation * random.nextNormal();
    return value;
  });
}

/** Normal values of variance 2 / fanIn, for layers followed by a ReLU. */
export function sampleKaimingNormal(count: number, fanIn: number, random: CounterRandom): Float32Array {
  const deviation = Math.sqrt(2 / fanIn);
  return Float32Array.from({ length: count }, () => deviation * random.nextNormal());
}

/** Uniform values within ±1/sqrt(fanIn): PyTorch's default for linear layers and for biases. */
export function sampleFanInUniform(count: number, fanIn: number, random: CounterRandom): Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: count }, () => random.nextBetween(-bound, bound));
}
