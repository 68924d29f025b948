import { describe, expect, test } from 'vitest';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { keptCount, sampleKeepMask } from '../../../engine/mimjepa/keepMask.ts';
import { readSafetensors } from '../../../engine/project/safetensors.ts';

interface MaskStatistics {
  readonly grid: number;
  readonly ratio: number;
  readonly draws: number;
  readonly keep_count: readonly number[];
  readonly same_neighbour_h: number;
  readonly same_neighbour_v: number;
  readonly components_mean: number;
  readonly components_hist: Readonly<Record<string, number>>;
}

const reference = readSafetensors('tests/golden/masks-and-schedules.safetensors');
const statistics = JSON.parse(reference.metadata['masks']!) as Record<string, MaskStatistics>;

/** Connected groups of visible patches, by edges. */
function countComponents(mask: Uint8Array, side: number): number {
  const seen = new Uint8Array(mask.length);
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || seen[start] === 1) continue;
    count++;
    const pending = [start];
    seen[start] = 1;
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      const column = place % side;
      const near = [
        place - side,
        place + side,
        column > 0 ? place - 1 : -1,
        column < side - 1 ? place + 1 : -1,
      ];
      for (const other of near) {
        if (other < 0 || other >= mask.length || mask[other] === 0 || seen[other] === 1) continue;
        seen[other] = 1;
        pending.push(other);
      }
    }
  }
  return count;
}

/** Shares of neighbouring pairs, along rows and columns, that are both visible or both dropped. */
function sameNeighbours(mask: Uint8Array, side: number): [number, number] {
  let [along, down] = [0, 0];
  for (let place = 0; place < mask.length; place++) {
    if (place % side < side - 1 && mask[place] === mask[place + 1]) along++;
    if (place + side < mask.length && mask[place] === mask[place + side]) down++;
  }
  const pairs = side * (side - 1);
  return [along / pairs, down / pairs];
}

function sampleMany(
  kind: 'blockwise' | 'uniform',
  dropRatio: number,
  side: number,
  draws: number,
): Uint8Array[] {
  return Array.from({ length: draws }, (_, draw) =>
    sampleKeepMask({ kind, dropRatio }, side, new CounterRandom(11, 'keepMask', draw)),
  );
}

function meanAndError(values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return [mean, Math.sqrt(variance / values.length)];
}

describe('keep masks in blocks', () => {
  test.each(Object.entries(statistics))('have the statistics of the reference: %s', (name, expected) => {
    const side = expected.grid;
    const draws = expected.draws;
    const masks = sampleMany('blockwise', expected.ratio, side, draws);
    const counts = new Set(masks.map((mask) => mask.reduce((sum, keep) => sum + keep, 0)));
    expect([...counts]).toEqual(expected.keep_count);

    // Two samples of equal size differ by √2 standard errors; 5 of these, as dozens of numbers are compared.
    const within = (values: readonly number[], target: number, referenceDraws: number) => {
      const [mean, error] = meanAndError(values);
      const both = error * Math.sqrt(1 + values.length / referenceDraws);
      expect(Math.abs(mean - target)).toBeLessThan(5 * both + 1e-6);
    };
    const neighbours = masks.map((mask) => sameNeighbours(mask, side));
    const described = Object.values(expected.components_hist).reduce((sum, count) => sum + count, 0);
    within(
      neighbours.map(([along]) => along),
      expected.same_neighbour_h,
      described,
    );
    within(
      neighbours.map(([, down]) => down),
      expected.same_neighbour_v,
      described,
    );
    within(
      masks.map((mask) => countComponents(mask, side)),
      expected.components_mean,
      described,
    );

    const frequency = reference.tensors[`keep_frequency/${name}`]!.data;
    for (let place = 0; place < side * side; place++) {
      const target = Number(frequency[place]);
      const ours = masks.reduce((sum, mask) => sum + mask[place]!, 0) / draws;
      expect(Math.abs(ours - target)).toBeLessThan(5 * Math.sqrt((2 * target * (1 - target)) / draws) + 1e-3);
    }
  });
});

describe('uniform keep masks', () => {
  test('keep exactly K patches, each as often', () => {
    const masks = sampleMany('uniform', 0.6, 6, 4000);
    for (const mask of masks) expect(mask.reduce((sum, keep) => sum + keep, 0)).toBe(15);
    for (let place = 0; place < 36; place++) {
      const share = masks.reduce((sum, mask) => sum + mask[place]!, 0) / masks.length;
      expect(Math.abs(share - 15 / 36)).toBeLessThan(5 * Math.sqrt(0.25 / masks.length));
    }
  });
});

describe('keep masks', () => {
  test('keep ceil((1 − ratio) N) patches', () => {
    expect(keptCount({ kind: 'blockwise', dropRatio: 0.6 }, 14)).toBe(79);
    expect(keptCount({ kind: 'blockwise', dropRatio: 0.75 }, 14)).toBe(49);
    expect(keptCount({ kind: 'uniform', dropRatio: 0.6 }, 5)).toBe(10);
  });

  test('come out for the smallest grids too', () => {
    for (const side of [2, 3, 4]) expect(sampleMany('blockwise', 0.6, side, 50)).toHaveLength(50);
  });

  test('are refused where nothing would be dropped', () => {
    expect(() => sampleMany('blockwise', 0.6, 1, 1)).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    );
    expect(() => sampleMany('uniform', 0, 6, 1)).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  });
});
