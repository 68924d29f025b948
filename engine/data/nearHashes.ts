// Finds all pairs of 256-bit hashes that differ in few bits, without comparing every one with every other.
import type { Slices } from './slices.ts';

/** Most bits in which the hashes of near twins differ. */
export const nearHashDistance = 16;

const wordsPerHash = 8;
/** One more than bits may differ: in at least one band two near hashes are then equal. */
const bandCount = nearHashDistance + 1;
/** So many comparisons are made between two looks at the clock, some 2 ms. */
const comparisonsPerLook = 200_000;
/** Hashes whose bits are read between two looks at the clock. */
const hashesPerLook = 1_000;

/** Places in the list of hashes, and in how many bits these differ. */
export type OnNear = (place: number, other: number, distance: number) => void;

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Reads 64 hexadecimal digits each into 32-bit words. */
function readWords(hashes: readonly string[]): Int32Array {
  const words = new Int32Array(hashes.length * wordsPerHash);
  hashes.forEach((hash, place) => {
    const bytes = Buffer.from(hash, 'hex');
    for (let word = 0; word < wordsPerHash; word++) {
      words[place * wordsPerHash + word] = bytes.readInt32BE(word * 4);
    }
  });
  return words;
}

/** Compares word by word and stops early; more than the limit stands for anything beyond it. */
function measureDistance(words: Int32Array, place: number, other: number): number {
  const [start, otherStart] = [place * wordsPerHash, other * wordsPerHash];
  let distance = 0;
  for (let word = 0; word < wordsPerHash && distance <= nearHashDistance; word++) {
    distance += countBits(words[start + word]! ^ words[otherStart + word]!);
  }
  return distance;
}

/**
 * For each band and hash the band's bits as a number. A band takes every 17th bit: neighbouring bits of a hash are alike,
 * scattered ones tell more.
 */
async function readBands(words: Int32Array, count: number, slices: Slices): Promise<Uint16Array> {
  const bands = new Uint16Array(count * bandCount);
  for (let place = 0; place < count; place++) {
    for (let bit = 0; bit < wordsPerHash * 32; bit++) {
      const isSet = (words[place * wordsPerHash + (bit >> 5)]! >>> (bit & 31)) & 1;
      const at = (bit % bandCount) * count + place;
      bands[at] = (bands[at]! << 1) | isSet;
    }
    if (place % hashesPerLook === 0) await slices.pause();
  }
  return bands;
}

/** Places ordered by a key, with where each key's places begin. */
interface Buckets {
  readonly order: Int32Array;
  readonly starts: Int32Array;
}

/** Sorts places by keys below `keyCount`; those of one key stay in order. */
function sortIntoBuckets(keys: Uint16Array, keyCount: number): Buckets {
  const starts = new Int32Array(keyCount + 1);
  for (const key of keys) starts[key + 1]!++;
  for (let key = 0; key < keyCount; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const order = new Int32Array(keys.length);
  keys.forEach((key, place) => (order[next[key]!++] = place));
  return { order, starts };
}

function countBucketPairs({ starts }: Buckets): number {
  let pairs = 0;
  for (let key = 1; key < starts.length; key++) {
    const size = starts[key]! - starts[key - 1]!;
    pairs += (size * (size - 1)) / 2;
  }
  return pairs;
}

async function searchBands(
  words: Int32Array,
  bands: readonly { readonly keys: Uint16Array; readonly buckets: Buckets }[],
  onNear: OnNear,
  slices: Slices,
): Promise<void> {
  let comparisons = 0;
  for (const [band, { keys, buckets }] of bands.entries()) {
    const { order, starts } = buckets;
    for (let at = 0; at < order.length; at++) {
      const place = order[at]!;
      const end = starts[keys[place]! + 1]!;
      for (let next = at + 1; next < end; next++) {
        const other = order[next]!;
        const distance = measureDistance(words, place, other);
        if (distance > nearHashDistance) continue;
        // Each pair once: in the first band in which the two are equal.
        let first = 0;
        while (bands[first]!.keys[place] !== bands[first]!.keys[other]) first++;
        if (first === band) onNear(place, other, distance);
      }
      comparisons += end - at;
      if (comparisons < comparisonsPerLook) continue;
      comparisons = 0;
      await slices.pause();
    }
  }
}

/** Every hash with every other: for collections so alike that bands tell nothing apart. */
async function searchAll(words: Int32Array, count: number, onNear: OnNear, slices: Slices): Promise<void> {
  let comparisons = 0;
  for (let place = 0; place < count; place++) {
    for (let other = place + 1; other < count; other++) {
      const distance = measureDistance(words, place, other);
      if (distance <= nearHashDistance) onNear(place, other, distance);
    }
    comparisons += count - place;
    if (comparisons < comparisonsPerLook) continue;
    comparisons = 0;
    await slices.pause();
  }
}

/**
 * Calls `onNear` once for every two hashes (64 hexadecimal digits each) that differ in at most 16 bits, the lower place
 * first. Works in slices that let other work through.
 */
export async function findNearHashes(
  hashes: readonly string[],
  slices: Slices,
  onNear: OnNear,
): Promise<void> {
  const count = hashes.length;
  const words = readWords(hashes);
  await slices.pause();
  const bits = await readBands(words, count, slices);
  const bands = [];
  let bucketPairs = 0;
  for (let band = 0; band < bandCount; band++) {
    const keys = bits.subarray(band * count, (band + 1) * count);
    const buckets = sortIntoBuckets(keys, 2 ** 16);
    bucketPairs += countBucketPairs(buckets);
    bands.push({ keys, buckets });
    await slices.pause();
  }
  if (bucketPairs < (count * (count - 1)) / 2) await searchBands(words, bands, onNear, slices);
  else await searchAll(words, count, onNear, slices);
}
