// The fixed view by which images are measured: shorter side to 256/224 of the input, bilinear, then the centre square.
import type { RgbImage } from './rgbImage.ts';
import { resampleBox } from './resampleImage.ts';

/** Rounds halves to the even neighbour, as Python does. */
function roundToEven(value: number): number {
  const lower = Math.floor(value);
  if (value - lower !== 0.5) return Math.round(value);
  return lower % 2 === 0 ? lower : lower + 1;
}

/**
 * Torchvision's Resize (shorter side, antialiased bilinear) and CenterCrop.
 * @param side of the model's input, pixels
 * @returns [side, side, 3], 0 … 255
 */
export function cropForEvaluation(image: RgbImage, side: number): Uint8Array {
  const { width, height, pixels } = image;
  const shorter = Math.round((side * 256) / 224);
  const isWide = width > height;
  const outputWidth = isWide ? Math.trunc((shorter * width) / height) : shorter;
  const outputHeight = isWide ? shorter : Math.trunc((shorter * height) / width);
  const whole = { left: 0, top: 0, width, height };
  const resized = resampleBox(pixels, width, whole, outputWidth, outputHeight, 'bilinear');
  const left = roundToEven((outputWidth - side) / 2);
  const top = roundToEven((outputHeight - side) / 2);
  const crop = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    const from = ((top + row) * outputWidth + left) * 3;
    crop.set(resized.subarray(from, from + side * 3), row * side * 3);
  }
  return crop;
}
