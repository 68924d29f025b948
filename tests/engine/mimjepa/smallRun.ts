// A model small enough to train in milliseconds, with images drawn from a counter.
import {
  paperConfig,
  type ModelConfig,
  type OptimizerConfig,
  type RunConfig,
} from '../../../engine/contract/config.ts';
import type { PretrainBatch } from '../../../engine/mimjepa/stepInputs.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import type { TensorData } from '../../../engine/runtime/program.ts';

export const batchSize = 8;

export function smallRun(change: Partial<OptimizerConfig> = {}, model: Partial<ModelConfig> = {}): RunConfig {
  const small = { imageSize: 64, embedDim: 32, depth: 2, numHeads: 2, predictorDepth: 2 };
  const optimizer = { ...paperConfig.optimizer, batchSize, epochs: 20, warmupEpochs: 2 };
  return {
    ...paperConfig,
    model: { ...paperConfig.model, ...small, ...model },
    optimizer: { ...optimizer, lrStart: 1e-3, lrPeak: 2e-3, ...change },
    seed: 11,
  };
}

export function sampleBatch({ model }: RunConfig, step: number): PretrainBatch {
  const length = batchSize * model.inChannels * model.imageSize ** 2;
  const random = new CounterRandom('microBatches', step);
  const contextImages = Float32Array.from({ length }, () => random.nextNormal());
  return { contextImages, targetImages: contextImages.map((value) => value + 0.1 * random.nextNormal()) };
}

/** Euclidean distance over the length of `expected`. */
export function relativeDistance(actual: TensorData, expected: TensorData): number {
  let [distance, length] = [0, 0];
  expected.forEach((value, index) => {
    distance += (actual[index]! - value) ** 2;
    length += value ** 2;
  });
  return Math.sqrt(distance) / Math.max(Math.sqrt(length), 1e-30);
}
