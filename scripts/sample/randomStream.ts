// Counter-based random numbers: draw n of a stream depends only on the seed, the stream's path and n.
// Adding a draw to one part of a scene therefore never shifts another part.

export type Range = readonly [low: number, high: number];

function scramble(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A 32-bit word that depends on both arguments. */
export function combine(key: number, word: number): number {
  return scramble(scramble(key ^ 0x9e3779b9) + Math.imul(word, 0x85ebca6b) + 1);
}

export class RandomStream {
  readonly #key: number;
  #counter = 0;

  constructor(key: number) {
    this.#key = combine(key, 0x51ab1e);
  }

  /** An independent stream for a named part; does not advance this one. */
  fork(name: string): RandomStream {
    let key = this.#key;
    for (let i = 0; i < name.length; i++) key = combine(key, name.charCodeAt(i));
    return new RandomStream(key);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return combine(this.#key, this.#counter++) / 4294967296;
  }

  between(range: Range): number {
    return range[0] + (range[1] - range[0]) * this.uniform();
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Whole number from 0 to `count` - 1. */
  whole(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Near-normal, mean 0, variance 1; four uniforms suffice where the tails are never looked at. */
  normal(): number {
    const sum = this.uniform() + this.uniform() + this.uniform() + this.uniform();
    return (sum - 2) * Math.sqrt(3);
  }
}
