// Random numbers from a counter: the same (seed, site, step) always draws the same numbers, in any order and in any
// process. This is what makes a resumed run equal an uninterrupted one. Not for cryptography.

/** Scrambles 32 bits so that each output bit depends on every input bit (a bijection). */
function scramble(value: number): number {
  let x = value | 0;
  x ^= x >>> 17;
  x = Math.imul(x, 0xed5ad4bb);
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  x ^= x >>> 14;
  return x;
}

/** Folds a name into 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return scramble(hash);
}

/**
 * A stream of random numbers fixed by its coordinates. Coordinates are integers (seed, step, image number…, taken
 * modulo 2^32) or names of sites; streams with different coordinates are independent for all practical purposes.
 */
export class CounterRandom {
  readonly #keyA: number;
  readonly #keyB: number;
  #counter = 0;

  constructor(...coordinates: readonly (number | string)[]) {
    let a = 0x9e3779b9;
    let b = 0x7f4a7c15;
    for (const coordinate of coordinates) {
      const word = typeof coordinate === 'string' ? hashName(coordinate) : (coordinate % 0x1_0000_0000) | 0;
      a = scramble((a ^ word) + 0x9e3779b9);
      b = scramble(b + Math.imul(word, 0x85ebca6b) + (a >>> 3));
    }
    this.#keyA = a;
    this.#keyB = b;
  }

  /** The number at a position of the stream, 0 … 2^32 − 1; does not advance the stream. */
  uint32At(position: number): number {
    return scramble(scramble(position ^ this.#keyA) + this.#keyB) >>> 0;
  }

  /** The next 32 random bits, 0 … 2^32 − 1. */
  nextUint32(): number {
    return this.uint32At(this.#counter++);
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  nextUniform(): number {
    return this.nextUint32() / 0x1_0000_0000;
  }

  /** Uniform in [low, high). */
  nextBetween(low: number, high: number): number {
    return low + (high - low) * this.nextUniform();
  }

  /** A uniform integer, 0 … count − 1; count must be at least 1. */
  nextInteger(count: number): number {
    return Math.floor(this.nextUniform() * count);
  }

  /** Standard normal, by Box and Muller's transform. */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }

  /** The integers 0 … count − 1 in random order. */
  nextPermutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.nextInteger(last + 1);
      const held = order[last]!;
      order[last] = order[other]!;
      order[other] = held;
    }
    return order;
  }
}
