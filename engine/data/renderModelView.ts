// What the two encoders get of one image at one position of one step, as pictures for people; drawn by the code that
// builds the training batches.
import sharp from 'sharp';
import { drawCrop, renderViews, type RandomViews } from './batchAssembly.ts';
import type { Box, Flips } from './resampleImage.ts';
import type { RgbImage } from './rgbImage.ts';

export interface RenderedView {
  /** In pixels of the image given. */
  readonly box: Box;
  readonly flips: Flips;
  /** PNG files of side × side pixels: the crop as it is, then each view. */
  readonly pngs: readonly Uint8Array<ArrayBuffer>[];
}

async function encodePng(pixels: Uint8Array, side: number): Promise<Uint8Array<ArrayBuffer>> {
  const raw = { width: side, height: side, channels: 3 } as const;
  return new Uint8Array(await sharp(pixels, { raw }).png({ compressionLevel: 3 }).toBuffer());
}

export async function renderModelView(
  image: RgbImage,
  side: number,
  views: RandomViews,
  step: number,
  position: number,
): Promise<RenderedView> {
  const { box, flips, pixels } = drawCrop(image, side, views, step, position);
  const pictures = [pixels, ...renderViews(image, side, views, step, position)];
  return { box, flips, pngs: await Promise.all(pictures.map((picture) => encodePng(picture, side))) };
}
