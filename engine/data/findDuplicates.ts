// Finds images that are the same or look alike. Exact: equal bytes or equal decoded pixels. Near: difference hashes within
// 16 of 256 bits and 32 × 32 thumbnails that correlate above 0.985.
import type { DuplicatePair, DuplicateReport, ImageRecord } from '../contract/dataset.ts';
import { createDisjointSets } from './disjointSets.ts';

/** Most bits in which the hashes of near twins differ, and the correlation that they exceed. */
export const nearHashDistance = 16;
export const nearCorrelation = 0.985;

const wordsPerHash = 8;
/** Milliseconds of searching after which other work gets its turn. */
const sliceMs = 20;

type Fingerprinted = Pick<ImageRecord, 'sha256' | 'pixelSha256' | 'fingerprint'>;

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Thumbnails with mean 0 and length 1, so that a product of two is their correlation; null for constant ones. */
function centerThumbnail(thumbnail: Uint8Array): Float32Array | null {
  const mean = thumbnail.reduce((sum, value) => sum + value, 0) / thumbnail.length;
  const centered = Float32Array.from(thumbnail, (value) => value - mean);
  const length = Math.sqrt(centered.reduce((sum, value) => sum + value * value, 0));
  return length < 1e-3 ? null : centered.map((value) => value / length);
}

function correlate(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return Math.min(1, sum);
}

/** Sets of identical images, and for each image the first that it is identical to. */
function findExact(images: readonly Fingerprinted[]): { sets: number[][]; cluster: Int32Array } {
  const joined = createDisjointSets(images.length);
  const firstByHash = new Map<string, number>();
  images.forEach((image, index) => {
    for (const key of [`file:${image.sha256}`, `pixels:${image.pixelSha256}`]) {
      const first = firstByHash.get(key);
      if (first === undefined) firstByHash.set(key, index);
      else joined.join(first, index);
    }
  });
  return { sets: joined.sets().filter((set) => set.length > 1), cluster: joined.lowest() };
}

/** Hashes as 32-bit words, sorted by their number of set bits: near hashes differ in it by at most the limit. */
interface SortedHashes {
  /** Image index at each place. */
  readonly order: Int32Array;
  readonly bitCounts: Int32Array;
  readonly words: Int32Array;
}

function sortHashes(images: readonly Fingerprinted[], members: readonly number[]): SortedHashes {
  const entries = members.map((index) => {
    const bytes = Buffer.from(images[index]!.fingerprint.differenceHash, 'hex');
    const words = Array.from({ length: wordsPerHash }, (_, word) => bytes.readInt32BE(word * 4));
    return { index, words, bits: words.reduce((sum, word) => sum + countBits(word), 0) };
  });
  entries.sort((a, b) => a.bits - b.bits || a.index - b.index);
  return {
    order: Int32Array.from(entries, (entry) => entry.index),
    bitCounts: Int32Array.from(entries, (entry) => entry.bits),
    words: Int32Array.from(entries.flatMap((entry) => entry.words)),
  };
}

/** Calls `onPair` for every two places whose hashes are near; compares word by word and stops early. */
function compareFrom(
  hashes: SortedHashes,
  place: number,
  onPair: (other: number, distance: number) => void,
): void {
  const { words, bitCounts } = hashes;
  const start = place * wordsPerHash;
  const furthest = bitCounts[place]! + nearHashDistance;
  for (let other = place + 1; other < bitCounts.length && bitCounts[other]! <= furthest; other++) {
    const otherStart = other * wordsPerHash;
    let distance = 0;
    for (let word = 0; word < wordsPerHash && distance <= nearHashDistance; word++) {
      distance += countBits(words[start + word]! ^ words[otherStart + word]!);
    }
    if (distance <= nearHashDistance) onPair(other, distance);
  }
}

async function findNear(
  images: readonly Fingerprinted[],
  members: readonly number[],
): Promise<DuplicatePair[]> {
  const hashes = sortHashes(images, members);
  const thumbnails = new Map<number, Float32Array | null>();
  const thumbnailOf = (index: number) => {
    let thumbnail = thumbnails.get(index);
    if (thumbnail === undefined) {
      thumbnail = centerThumbnail(images[index]!.fingerprint.thumbnail);
      thumbnails.set(index, thumbnail);
    }
    return thumbnail;
  };
  const pairs: DuplicatePair[] = [];
  let sliceStartMs = performance.now();
  for (let place = 0; place < hashes.order.length; place++) {
    const index = hashes.order[place]!;
    compareFrom(hashes, place, (other, hashDistance) => {
      const otherIndex = hashes.order[other]!;
      const a = thumbnailOf(index);
      const b = thumbnailOf(otherIndex);
      if (!a || !b) return;
      const correlation = correlate(a, b);
      if (correlation <= nearCorrelation) return;
      const [first, second] = index < otherIndex ? [index, otherIndex] : [otherIndex, index];
      pairs.push({ first, second, kind: 'near', hashDistance, correlation });
    });
    if (performance.now() - sliceStartMs > sliceMs) {
      await new Promise((resolve) => setImmediate(resolve));
      sliceStartMs = performance.now();
    }
  }
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second);
}

/**
 * Compares all images with each other. Every hash is compared with every other whose bit count allows a match, in slices
 * that let other work through: some seconds for 50,000 images. Flat images (one colour) are never near anything.
 */
export async function findDuplicates(images: readonly Fingerprinted[]): Promise<DuplicateReport> {
  const { sets, cluster } = findExact(images);
  const representatives = [...images.keys()].filter((index) => cluster[index] === index);
  const nearPairs = await findNear(images, representatives);
  const joined = createDisjointSets(images.length);
  cluster.forEach((first, index) => joined.join(first, index));
  for (const pair of nearPairs) joined.join(pair.first, pair.second);
  return { exactSets: sets, nearPairs, exactCluster: cluster, nearCluster: joined.lowest() };
}
