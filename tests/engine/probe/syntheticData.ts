// Small classification problems for probe tests: Gaussian classes whose separation is set.
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import type { FeatureSet, ProbeData } from '../../../engine/probe/probeData.ts';

export interface SyntheticOptions {
  readonly seed: number;
  readonly classCount: number;
  readonly dimensions: number;
  /** Standard deviation of the class centres; noise has 1. */
  readonly separation: number;
  readonly sizes: { readonly train: number; readonly validation: number; readonly test: number };
}

export function rowRange(start: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => start + i);
}

/** Labels cycle through the classes; features are centre + noise. */
export function createSyntheticData(options: SyntheticOptions): ProbeData {
  const { seed, classCount, dimensions, separation, sizes } = options;
  const n = sizes.train + sizes.validation + sizes.test;
  const centreRandom = new CounterRandom(seed, 'centres');
  const centres = Float64Array.from({ length: classCount * dimensions }, () => centreRandom.nextNormal());
  const random = new CounterRandom(seed, 'noise');
  const labels = Int32Array.from({ length: n }, (_, i) => i % classCount);
  const features = Float32Array.from({ length: n * dimensions }, (_, i) => {
    const centre = centres[labels[Math.floor(i / dimensions)]! * dimensions + (i % dimensions)]!;
    return separation * centre + random.nextNormal();
  });
  const featureSet: FeatureSet = { name: 'synthetic', features, dimensions };
  return {
    featureSets: [featureSet],
    labels,
    classCount,
    splits: {
      train: rowRange(0, sizes.train),
      validation: rowRange(sizes.train, sizes.validation),
      test: rowRange(sizes.train + sizes.validation, sizes.test),
    },
  };
}
