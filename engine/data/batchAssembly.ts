// Builds one whole batch: pixels, crops, colours, normalisation. All randomness comes from (seed, site, step, position), so
// that it does not matter which worker builds which batch, or how many workers there are.
import type { AugmentConfig } from '../contract/config.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import { changeColors } from './augmentColor.ts';
import { sampleCrop, type CropDraw } from './augmentCrop.ts';
import { cropForEvaluation } from './evaluationCrop.ts';
import { writeNormalized } from './normalization.ts';
import { PixelSource, type PixelSourceSetup } from './pixelSource.ts';
import { resampleBox } from './resampleImage.ts';
import type { RgbImage } from './rgbImage.ts';

/** Random views: `viewCount` views of each image share crop and mirroring and differ in colour only. */
export interface RandomViews {
  readonly kind: 'random';
  readonly viewCount: 1 | 2;
  readonly augment: AugmentConfig;
  readonly seed: number;
  /** Keeps the random numbers of different uses apart. */
  readonly site: string;
}

export interface AssemblySetup extends PixelSourceSetup {
  /** Side of the model's input, pixels. */
  readonly side: number;
  readonly views: RandomViews | { readonly kind: 'center' };
}

export interface BatchPlan {
  readonly step: number;
  /** Which image is at each position of the batch. */
  readonly images: Int32Array;
}

export interface AssembledBatch {
  /** Each [B, 3, S, S], normalised float32. */
  readonly views: readonly Float32Array<ArrayBuffer>[];
}

/** What was cut out of an image, before any change of colours. */
export interface DrawnCrop extends CropDraw {
  /** [S, S, 3] bytes. */
  readonly pixels: Uint8Array;
}

/** The crop that all views of one image at one position of one step share. */
export function drawCrop(
  image: RgbImage,
  side: number,
  { augment, seed, site }: Pick<RandomViews, 'augment' | 'seed' | 'site'>,
  step: number,
  position: number,
): DrawnCrop {
  const random = new CounterRandom(seed, `${site}.crop`, step, position);
  const { box, flips } = sampleCrop(image.width, image.height, augment, random);
  const pixels = resampleBox(image.pixels, image.width, box, side, side, 'bicubic', flips);
  return { box, flips, pixels };
}

/** The views of one image at one position of one step: [S, S, 3] bytes each. */
export function renderViews(
  image: RgbImage,
  side: number,
  views: RandomViews,
  step: number,
  position: number,
): Uint8Array[] {
  const { augment, seed, site, viewCount } = views;
  const { pixels: crop } = drawCrop(image, side, views, step, position);
  return Array.from({ length: viewCount }, (_, view) => {
    const pixels = view === viewCount - 1 ? crop : crop.slice();
    changeColors(pixels, side, augment, new CounterRandom(seed, `${site}.color`, step, position, view));
    return pixels;
  });
}

/** A function that builds batches over one set of images. It rejects with file.missing, file.unreadable, file.corrupt. */
export function createBatchAssembler(setup: AssemblySetup): (plan: BatchPlan) => Promise<AssembledBatch> {
  const source = new PixelSource(setup);
  const { side, views } = setup;
  const viewCount = views.kind === 'random' ? views.viewCount : 1;
  return async ({ step, images }) => {
    const elements = images.length * 3 * side * side;
    const batches = Array.from({ length: viewCount }, () => new Float32Array(elements));
    for (const [position, index] of images.entries()) {
      const image = await source.load(index);
      const rendered =
        views.kind === 'random'
          ? renderViews(image, side, views, step, position)
          : [cropForEvaluation(image, side)];
      rendered.forEach((pixels, view) => writeNormalized(pixels, batches[view]!, position));
    }
    return { views: batches };
  };
}
