// Draws the crop and the mirroring that the two views of an image share.
import type { AugmentConfig } from '../contract/config.ts';
import type { CounterRandom } from '../random/counterRandom.ts';
import type { Box, Flips } from './resampleImage.ts';

export interface CropDraw {
  readonly box: Box;
  readonly flips: Flips;
}

const attempts = 10;

/** The largest centred box whose aspect ratio is within the limits. */
function fallbackBox(width: number, height: number, aspect: readonly [number, number]): Box {
  let boxWidth = width;
  let boxHeight = height;
  if (width / height < aspect[0]) boxHeight = Math.min(height, Math.round(width / aspect[0]));
  else if (width / height > aspect[1]) boxWidth = Math.min(width, Math.round(height * aspect[1]));
  const left = Math.floor((width - boxWidth) / 2);
  const top = Math.floor((height - boxHeight) / 2);
  return { left, top, width: boxWidth, height: boxHeight };
}

/**
 * Torchvision's RandomResizedCrop: area uniform within `cropScale`, aspect ratio log-uniform within `cropAspect`, place
 * uniform; after ten draws that do not fit, the largest centred box. Pixels of an image of the given size.
 */
export function sampleCropBox(
  width: number,
  height: number,
  augment: Pick<AugmentConfig, 'cropScale' | 'cropAspect'>,
  random: CounterRandom,
): Box {
  const [smallest, largest] = augment.cropScale;
  const [narrow, wide] = augment.cropAspect;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = width * height * random.nextBetween(smallest, largest);
    const aspect = Math.exp(random.nextBetween(Math.log(narrow), Math.log(wide)));
    const boxWidth = Math.round(Math.sqrt(area * aspect));
    const boxHeight = Math.round(Math.sqrt(area / aspect));
    if (boxWidth < 1 || boxHeight < 1 || boxWidth > width || boxHeight > height) continue;
    const top = random.nextInteger(height - boxHeight + 1);
    const left = random.nextInteger(width - boxWidth + 1);
    return { left, top, width: boxWidth, height: boxHeight };
  }
  return fallbackBox(width, height, augment.cropAspect);
}

/** The crop box and whether it is mirrored. */
export function sampleCrop(
  width: number,
  height: number,
  augment: AugmentConfig,
  random: CounterRandom,
): CropDraw {
  const box = sampleCropBox(width, height, augment, random);
  const horizontal = random.nextUniform() < augment.horizontalFlip;
  const vertical = random.nextUniform() < augment.verticalFlip;
  return { box, flips: { horizontal, vertical } };
}
