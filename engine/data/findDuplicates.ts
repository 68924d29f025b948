// Finds images that are the same or look alike. Exact: equal bytes or equal decoded pixels. Near: difference hashes within
// 16 of 256 bits and 32 × 32 thumbnails that correlate above 0.985.
import type { DuplicatePair, DuplicateReport, Fingerprint, ImageRecord } from '../contract/dataset.ts';
import { createDisjointSets } from './disjointSets.ts';
import { findNearHashes } from './nearHashes.ts';
import { Slices } from './slices.ts';

/** The correlation that near twins exceed. */
export const nearCorrelation = 0.985;
/** Bump when the same images would be found alike differently: what was found before is tied to it. */
export const lookAlikeRuleVersion = 1;

/** Images that are looked at between two looks at the clock. */
const imagesPerLook = 500;

/** What images are compared by. */
export type ComparedImage = Pick<ImageRecord, 'sha256' | 'pixelSha256'> & Pick<Fingerprint, 'differenceHash'>;

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
async function findExact(
  images: readonly ComparedImage[],
  slices: Slices,
): Promise<{ sets: number[][]; cluster: Int32Array }> {
  const joined = createDisjointSets(images.length);
  const firstByHash = new Map<string, number>();
  for (const [index, image] of images.entries()) {
    for (const key of [`file:${image.sha256}`, `pixels:${image.pixelSha256}`]) {
      const first = firstByHash.get(key);
      if (first === undefined) firstByHash.set(key, index);
      else joined.join(first, index);
    }
    if (index % imagesPerLook === 0) await slices.pause();
  }
  const cluster = joined.lowest();
  const sets = new Map<number, number[]>();
  cluster.forEach((first, index) => {
    if (first !== index) sets.set(first, [...(sets.get(first) ?? [first]), index]);
  });
  return { sets: [...sets.values()].sort((a, b) => a[0]! - b[0]!), cluster };
}

async function findNear(
  images: readonly ComparedImage[],
  members: readonly number[],
  readThumbnail: (index: number) => Uint8Array,
  slices: Slices,
): Promise<DuplicatePair[]> {
  const thumbnails = new Map<number, Float32Array | null>();
  const thumbnailOf = (index: number) => {
    let thumbnail = thumbnails.get(index);
    if (thumbnail === undefined) {
      thumbnail = centerThumbnail(readThumbnail(index));
      thumbnails.set(index, thumbnail);
    }
    return thumbnail;
  };
  const pairs: DuplicatePair[] = [];
  const hashes = members.map((index) => images[index]!.differenceHash);
  await findNearHashes(hashes, slices, (place, other, hashDistance) => {
    const [first, second] = [members[place]!, members[other]!];
    const a = thumbnailOf(first);
    const b = thumbnailOf(second);
    if (!a || !b) return;
    const correlation = correlate(a, b);
    if (correlation > nearCorrelation) pairs.push({ first, second, kind: 'near', hashDistance, correlation });
  });
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second);
}

/**
 * Compares all images with each other, in slices that let other work through: well under a second for 50,000 images.
 * Thumbnails are read for those only whose hashes are near. Flat images (one colour) are never near anything.
 */
export async function findDuplicates(
  images: readonly ComparedImage[],
  readThumbnail: (index: number) => Uint8Array,
): Promise<DuplicateReport> {
  const slices = new Slices();
  const { sets, cluster } = await findExact(images, slices);
  const representatives = [...images.keys()].filter((index) => cluster[index] === index);
  const nearPairs = await findNear(images, representatives, readThumbnail, slices);
  const { exactCluster, nearCluster } = joinClusters(images.length, sets, nearPairs);
  return { exactSets: sets, nearPairs, exactCluster, nearCluster };
}

/** For each of `count` images the lowest that it is joined with, from what was found. */
export function joinClusters(
  count: number,
  exactSets: readonly (readonly number[])[],
  nearPairs: readonly Pick<DuplicatePair, 'first' | 'second'>[],
): Pick<DuplicateReport, 'exactCluster' | 'nearCluster'> {
  const joined = createDisjointSets(count);
  for (const set of exactSets) for (const member of set) joined.join(set[0]!, member);
  const exactCluster = joined.lowest();
  for (const { first, second } of nearPairs) joined.join(first, second);
  return { exactCluster, nearCluster: joined.lowest() };
}
