// Which images a step reads: a new random order each epoch, batches of one size throughout.
import { EngineError } from '../contract/errors.ts';
import { CounterRandom } from '../random/counterRandom.ts';

/** Steps in which every image is seen at least once. */
export function stepsPerEpoch(imageCount: number, batchSize: number): number {
  return Math.ceil(imageCount / batchSize);
}

// DIFFERS: the reference drops the last partial batch (docs/decisions/010-images-in.md).
/**
 * The order in which one use of a set reads its images. Each epoch is a permutation of all images; where the last batch
 * is not full, or the whole set is smaller than a batch, it is filled with the first entries of the orders that follow,
 * so the images repeated differ from epoch to epoch, and each repetition is augmented anew.
 */
export class BatchOrder {
  readonly imageCount: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly #seed: number;
  readonly #site: string;
  readonly #permutations = new Map<number, Int32Array>();

  /** Throws dataset.empty where there is no image. */
  constructor(imageCount: number, batchSize: number, seed: number, site: string) {
    if (imageCount < 1) throw new EngineError('dataset.empty', 'there is no image to learn from');
    this.imageCount = imageCount;
    this.batchSize = batchSize;
    this.stepsPerEpoch = stepsPerEpoch(imageCount, batchSize);
    this.#seed = seed;
    this.#site = site;
  }

  #permutation(epoch: number): Int32Array {
    const known = this.#permutations.get(epoch);
    if (known) return known;
    const made = new CounterRandom(this.#seed, `${this.#site}.epoch`, epoch).nextPermutation(this.imageCount);
    if (this.#permutations.size > 8) this.#permutations.clear();
    this.#permutations.set(epoch, made);
    return made;
  }

  /** Image indices of a step, [batchSize]; steps count from 0 over all epochs. */
  imagesOfStep(step: number): Int32Array {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const start = (step % this.stepsPerEpoch) * this.batchSize;
    return Int32Array.from({ length: this.batchSize }, (_, position) => {
      const place = start + position;
      const order = this.#permutation(epoch + Math.floor(place / this.imageCount));
      return order[place % this.imageCount]!;
    });
  }
}
