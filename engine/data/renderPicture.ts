// An image as a small JPEG for people to look at: the pixels that the model is given, only smaller.
import sharp, { type Sharp } from 'sharp';
import type { ImageFormat } from '../contract/dataset.ts';
import { decodeImage, explainFailure, openUpright } from './decodeImage.ts';
import { explainingFailures, readKnownFile, type KnownFile } from './knownFile.ts';
import { countClaimedPixels } from './decodeImage.ts';
import { largePixels, takeTurn, type LargeImageTurn } from './largeImageTurn.ts';
import { maxPixels } from './setAside.ts';

const quality = 88;

/**
 * A JPEG's decoder can leave out detail that would not be seen, which is many times faster and the same picture; anything
 * else goes the way of the training images, so that a 16-bit image shows the range of values that the model gets.
 */
async function openPicture(bytes: Buffer, format: ImageFormat): Promise<Sharp> {
  if (format === 'jpeg') return openUpright(bytes);
  const { image } = await decodeImage(bytes, format);
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  return sharp(image.pixels, { raw, limitInputPixels: maxPixels });
}

async function encodeSmall(bytes: Buffer, format: ImageFormat, size: number): Promise<Buffer> {
  try {
    const picture = await openPicture(bytes, format);
    return await picture
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true, kernel: 'lanczos3' })
      .toColourspace('srgb')
      .jpeg({ quality, chromaSubsampling: '4:4:4' })
      .toBuffer();
  } catch (error) {
    throw explainFailure(error);
  }
}

/**
 * A JPEG of an imported image, its longest side at most `size` pixels; smaller images stay as they are.
 * Throws file.missing, file.unreadable, file.corrupt.
 */
export async function renderPicture(
  file: KnownFile,
  size: number,
  turn: LargeImageTurn,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, format } = await readKnownFile(file);
  const encode = () => explainingFailures(file.path, () => encodeSmall(bytes, format, size));
  const isLarge = (await countClaimedPixels(bytes, format)) > largePixels;
  // A copy of its own: what sharp returns lies in a buffer that is shared with others.
  return new Uint8Array(await (isLarge ? takeTurn(turn, encode) : encode()));
}
