import { expect, test } from 'vitest';
import { findNearHashes, nearHashDistance } from '../../../engine/data/nearHashes.ts';
import { Slices } from '../../../engine/data/slices.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

const bitCount = 256;

function flipBits(hash: Uint8Array, count: number, random: CounterRandom): Uint8Array {
  const flipped = hash.slice();
  for (const bit of random.nextPermutation(bitCount).slice(0, count)) flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

const countOnes = (byte: number) => byte.toString(2).replaceAll('0', '').length;
const distanceOf = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, byte, place) => sum + countOnes(byte ^ b[place]!), 0);

function compareAll(hashes: readonly Uint8Array[]): string[] {
  return hashes.flatMap((a, place) =>
    hashes.slice(place + 1).flatMap((b, after) => {
      const distance = distanceOf(a, b);
      return distance <= nearHashDistance ? [`${place} ${place + 1 + after} ${distance}`] : [];
    }),
  );
}

async function search(hashes: readonly Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  const texts = hashes.map((hash) => Buffer.from(hash).toString('hex'));
  await findNearHashes(texts, new Slices(), (place, other, distance) =>
    found.push(`${place} ${other} ${distance}`),
  );
  return found;
}

const inOrder = (found: readonly string[]) => found.toSorted();

function makeHashes(count: number, seed: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new CounterRandom(seed, index);
    return Uint8Array.from({ length: bitCount / 8 }, () => random.nextInteger(256));
  });
}

test('finds exactly the pairs that comparing every hash with every other finds, up to the last bit', async () => {
  const strangers = makeHashes(150, 1);
  // Twins at every distance around the limit.
  const twins = strangers
    .slice(0, 60)
    .map((hash, at) => flipBits(hash, at % 20, new CounterRandom(at, 'twin')));
  const hashes = [...strangers, ...twins];
  const expected = compareAll(hashes);
  expect(expected.some((pair) => pair.endsWith(` ${nearHashDistance}`))).toBe(true);
  expect(expected.length).toBeLessThan(60);
  expect(inOrder(await search(hashes))).toEqual(inOrder(expected));
});

test('finds the same among hashes so alike that all fall together', async () => {
  const [base] = makeHashes(1, 2);
  const hashes = Array.from({ length: 120 }, (_, at) =>
    flipBits(base!, at % 14, new CounterRandom(at, 'near')),
  );
  const expected = compareAll(hashes);
  expect(expected.length).toBeGreaterThan(1000);
  expect(inOrder(await search(hashes))).toEqual(inOrder(expected));
});

test('finds nothing among none and one', async () => {
  expect(await search([])).toEqual([]);
  expect(await search(makeHashes(1, 3))).toEqual([]);
});
