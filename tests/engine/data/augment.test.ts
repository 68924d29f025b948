import { describe, expect, test } from 'vitest';
import { paperConfig } from '../../../engine/contract/config.ts';
import { changeColors } from '../../../engine/data/augmentColor.ts';
import { sampleCrop, sampleCropBox } from '../../../engine/data/augmentCrop.ts';
import { renderViews } from '../../../engine/data/batchAssembly.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';
import { makeImage } from './testImages.ts';

const { augment } = paperConfig;
const image = makeImage(60, 45, 5);

describe('random crops', () => {
  test('areas, aspect ratios and places are distributed as torchvision draws them', () => {
    // Quantiles and means over 20,000 draws of torchvision 0.14.1 on an image of 200 × 150 pixels.
    const boxes = Array.from({ length: 20_000 }, (_, i) =>
      sampleCropBox(200, 150, augment, new CounterRandom(1, 'test', i)),
    );
    const quantiles = (values: number[]) => {
      values.sort((a, b) => a - b);
      return [0.1, 0.5, 0.9].map((share) => values[Math.floor(share * values.length)]!);
    };
    const areas = quantiles(boxes.map((box) => (box.width * box.height) / 30_000));
    const aspects = quantiles(boxes.map((box) => box.width / box.height));
    [0.2573, 0.4851, 0.7632].forEach((value, i) => expect(Math.abs(areas[i]! - value)).toBeLessThan(0.01));
    [0.8168, 1.0593, 1.2778].forEach((value, i) => expect(Math.abs(aspects[i]! - value)).toBeLessThan(0.01));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean(boxes.map((box) => box.top)) - 16.23)).toBeLessThan(0.5);
    expect(Math.abs(mean(boxes.map((box) => box.left)) - 38.31)).toBeLessThan(0.8);
  });

  test('every box lies within the image, even in extremely long ones', () => {
    for (const [width, height] of [
      [200, 20],
      [20, 200],
      [16, 16],
      [3, 90],
    ] as const) {
      for (let i = 0; i < 200; i++) {
        const box = sampleCropBox(width, height, augment, new CounterRandom(i, 'test'));
        expect(box.width).toBeGreaterThan(0);
        expect(box.height).toBeGreaterThan(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
        expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test('mirroring happens as often as asked', () => {
    const often = { ...augment, horizontalFlip: 0.25, verticalFlip: 1 };
    const draws = Array.from(
      { length: 4000 },
      (_, i) => sampleCrop(60, 45, often, new CounterRandom(i, 'flip')).flips,
    );
    expect(draws.filter((flips) => flips.horizontal).length / 4000).toBeCloseTo(0.25, 1);
    expect(draws.every((flips) => flips.vertical)).toBe(true);
  });
});

describe('two views of an image', () => {
  const views = { kind: 'random', viewCount: 2, augment, seed: 9, site: 'test' } as const;

  test('share crop and mirroring: without colour changes they are equal', () => {
    const plain = { ...views, augment: { ...augment, colorViews: 'none' as const } };
    const [context, target] = renderViews(image, 32, plain, 3, 1);
    expect(context).toEqual(target);
    const colored = { ...views, augment: { ...augment, colorProbability: 1, jitterProbability: 1 } };
    const [first, second] = renderViews(image, 32, colored, 3, 1);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(context);
  });

  test('are the same whenever they are made again, and others at another step or position', () => {
    const made = renderViews(image, 32, views, 3, 1);
    expect(renderViews(image, 32, views, 3, 1)).toEqual(made);
    expect(renderViews(image, 32, views, 4, 1)).not.toEqual(made);
    expect(renderViews(image, 32, views, 3, 2)).not.toEqual(made);
    expect(renderViews(image, 32, { ...views, seed: 10 }, 3, 1)).not.toEqual(made);
    const plain = { ...views, augment: { ...augment, colorViews: 'none' as const } };
    const crops = [1, 2, 3].map((position) => renderViews(image, 32, plain, 3, position)[0]!.join());
    expect(new Set(crops).size).toBe(3);
  });
});

describe('colour changes', () => {
  const shares = (config: typeof augment, isOf: (pixels: Uint8Array) => boolean) => {
    let count = 0;
    for (let i = 0; i < 1500; i++) {
      const pixels = makeImage(8, 8, 1).pixels;
      changeColors(pixels, 8, config, new CounterRandom(i, 'color'));
      if (isOf(pixels)) count++;
    }
    return count / 1500;
  };
  const isGray = (pixels: Uint8Array) => pixels.every((value, i) => value === pixels[i - (i % 3)]);
  const isChanged = (pixels: Uint8Array) => Buffer.compare(pixels, makeImage(8, 8, 1).pixels) !== 0;

  test('happen with the stated probabilities', () => {
    const only = { ...augment, jitterProbability: 0, blurProbability: 0, grayscaleProbability: 0 };
    // 0.6 of the views, of which 0.1 turn gray; standard error of a share here is about 0.006.
    expect(Math.abs(shares({ ...only, grayscaleProbability: 0.1 }, isGray) - 0.06)).toBeLessThan(0.02);
    expect(Math.abs(shares({ ...only, jitterProbability: 0.8 }, isChanged) - 0.48)).toBeLessThan(0.05);
    expect(
      Math.abs(shares({ ...only, blurProbability: 1, blurSigma: [1, 2] }, isChanged) - 0.6),
    ).toBeLessThan(0.05);
    expect(shares({ ...augment, colorProbability: 0 }, isChanged)).toBe(0);
  });
});
