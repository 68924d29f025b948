// The picture of the sample in the README: the first five images of each species, two species side by side.
import { join } from 'node:path';
import sharp from 'sharp';
import { IMAGE_WIDTH } from './scene.ts';
import { SPECIES } from './species.ts';

const IMAGES_PER_ROW = 5;
const ROWS = Math.ceil(SPECIES.length / 2);
const GAP = 4;
const COLUMN_GAP = 12;
const NOTHING = { r: 0, g: 0, b: 0, alpha: 0 };

/** Left edge of image `index` of the left or right half. */
function leftOf(half: number, index: number): number {
  const cell = IMAGE_WIDTH + GAP;
  return half * (IMAGES_PER_ROW * cell + COLUMN_GAP) + index * cell;
}

/** Writes the sheet as PNG from the drawn images in `folder`. */
export async function writeContactSheet(folder: string, file: string): Promise<void> {
  const images = SPECIES.flatMap(({ name }, place) =>
    Array.from({ length: IMAGES_PER_ROW }, (_, index) => ({
      input: join(folder, name, `${String(index + 1).padStart(4, '0')}.jpg`),
      left: leftOf(place % 2, index),
      top: Math.floor(place / 2) * (IMAGE_WIDTH + GAP),
    })),
  );
  const width = leftOf(1, IMAGES_PER_ROW - 1) + IMAGE_WIDTH;
  const height = ROWS * (IMAGE_WIDTH + GAP) - GAP;
  await sharp({ create: { width, height, channels: 4, background: NOTHING } })
    .composite(images)
    .png({ palette: true, colours: 256, effort: 10 })
    .toFile(file);
}
