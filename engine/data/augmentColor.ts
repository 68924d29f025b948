// The random colour change of one view: with a probability, jitter, grayscale and blur in random order, each with its own
// probability (arXiv 2502.18056, augmentation; the order of the reference's transforms).
import type { AugmentConfig } from '../contract/config.ts';
import type { CounterRandom } from '../random/counterRandom.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  blurImage,
  removeColor,
  shiftHue,
} from './colorOperations.ts';

/** Torchvision's ColorJitter: its four changes in random order, each with a random factor around "no change". */
function jitterColors(pixels: Uint8Array, augment: AugmentConfig, random: CounterRandom): void {
  const order = random.nextPermutation(4);
  const factor = (strength: number) => random.nextBetween(Math.max(0, 1 - strength), 1 + strength);
  const brightness = factor(augment.brightness);
  const contrast = factor(augment.contrast);
  const saturation = factor(augment.saturation);
  const hue = random.nextBetween(-augment.hue, augment.hue);
  for (const operation of order) {
    if (operation === 0 && augment.brightness > 0) adjustBrightness(pixels, brightness);
    else if (operation === 1 && augment.contrast > 0) adjustContrast(pixels, contrast);
    else if (operation === 2 && augment.saturation > 0) adjustSaturation(pixels, saturation);
    else if (operation === 3 && augment.hue > 0) shiftHue(pixels, hue);
  }
}

/**
 * Changes a view's colours in place.
 * @param pixels [side, side, 3], 0 … 255
 */
export function changeColors(
  pixels: Uint8Array,
  side: number,
  augment: AugmentConfig,
  random: CounterRandom,
): void {
  if (augment.colorViews === 'none' || random.nextUniform() >= augment.colorProbability) return;
  for (const operation of random.nextPermutation(3)) {
    const chance = random.nextUniform();
    if (operation === 0 && chance < augment.jitterProbability) jitterColors(pixels, augment, random);
    else if (operation === 1 && chance < augment.grayscaleProbability) removeColor(pixels);
    else if (operation === 2 && chance < augment.blurProbability) {
      blurImage(pixels, side, side, random.nextBetween(augment.blurSigma[0], augment.blurSigma[1]));
    }
  }
}
