// What the screen says about images in words. Pure.
import type {
  DatasetDetails,
  DatasetMakeup,
  NamedLeak,
  SplitInfo,
  SplitPlan,
} from '../../../engine/contract/answers.ts';
import type { ImageFormat, ImageNote, SourceLayout, SplitName } from '../../../engine/contract/dataset.ts';
import type { ImageRow, SourceInspection } from '../../../engine/contract/images.ts';
import { formatCount, formatNumber } from '../../widgets/format.ts';

export const partWords: Readonly<Record<SplitName, string>> = {
  train: 'Train',
  validation: 'Validation',
  test: 'Test',
};

export const formatWords: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  tiff: 'TIFF',
  bmp: 'BMP',
  gif: 'GIF',
  dicom: 'DICOM',
};

/** One sentence each: what was done to the image, or is worth knowing about it. */
export const noteWords: Readonly<Record<ImageNote, string>> = {
  wrongExtension: 'Its name says another format than it has; what it holds was read.',
  orientationApplied: 'It was turned upright, as the camera noted.',
  firstPageOnly: 'It has several pages or frames; only the first is used.',
  transparencyFlattened: 'Its transparent parts were laid on white.',
  cmykConverted: 'Its print colours (CMYK) were converted to RGB.',
  intensityScaled: 'Its values were stretched to 0 to 255.',
  nonFiniteReplaced: 'Some of its values are no numbers and were replaced.',
  constant: 'All its pixels have one value: there is nothing to see in it.',
};

export interface VerdictWords {
  readonly text: string;
  readonly tone: 'neutral' | 'good' | 'caution';
}

/**
 * What a dataset is, and whether it is sound. `leaks` is null where none are known; while they are looked for the sentence says
 * so, about as long as what will stand there, so that nothing below has to move.
 */
export function describeVerdict(
  details: DatasetDetails,
  leaks: readonly NamedLeak[] | null,
  isLooking = false,
): VerdictWords {
  const { imageCount, classCount, quarantinedCount } = details;
  const what =
    classCount === 0
      ? `${formatCount(imageCount, 'image')} without classes.`
      : `${formatCount(imageCount, 'image')} in ${formatCount(classCount, 'class')}.`;
  const aside =
    quarantinedCount === 0 ? 'No file set aside' : `${formatCount(quarantinedCount, 'file')} set aside`;
  const tone = quarantinedCount > 0 || (leaks !== null && leaks.length > 0) ? 'caution' : 'good';
  if (leaks === null) {
    const looking = isLooking ? '; comparing every image with every other' : '';
    return { text: `${what} ${aside}${looking}.`, tone: 'neutral' };
  }
  return { text: `${what} ${aside}, ${describeLeaks(leaks)}.`, tone };
}

/** e.g. `21 pairs look alike across train and test`. */
export function describeLeaks(leaks: readonly NamedLeak[]): string {
  if (leaks.length === 0) return 'no pair looks alike across the parts';
  const parts = new Set(leaks.flatMap(({ imageSplit, twinSplit }) => [imageSplit, twinSplit]));
  const names = (['train', 'validation', 'test'] as const).filter((part) => parts.has(part));
  const where = names.length === 2 ? `${names[0]} and ${names[1]}` : 'train, validation and test';
  return `${formatCount(leaks.length, 'pair')} ${leaks.length === 1 ? 'looks' : 'look'} alike across ${where}`;
}

const layoutWords: Readonly<Record<SourceLayout, string>> = {
  flat: 'One folder of images without classes: good for pretraining, but nothing can be scored.',
  classFolders: 'One folder for each class.',
  splitFolders: 'Folders for train and test, and in them one folder for each class.',
  csv: 'A table that names the files.',
};

export function describeLayout(inspection: Pick<SourceInspection, 'kind' | 'layout'>): string {
  return layoutWords[inspection.kind === 'csv' ? 'csv' : (inspection.layout ?? 'flat')];
}

const colourWords: Readonly<Record<number, string>> = {
  1: 'gray',
  2: 'gray with transparency',
  3: 'colour',
  4: 'colour with transparency',
};

/** How an image is stored, e.g. `16 bits, gray; its values 3 to 4,000 are shown as 0 to 255`. */
export function describeDepth({
  bitDepth,
  channels,
  window,
}: Pick<ImageRow, 'bitDepth' | 'channels' | 'window'>) {
  const stored = `${formatCount(bitDepth, 'bit')}, ${colourWords[channels] ?? formatCount(channels, 'channel')}`;
  if (window.rule === 'asStored') return stored;
  const [low, high] = [formatNumber(window.low, 3), formatNumber(window.high, 3)];
  return `${stored}; its values ${low} to ${high} are shown as 0 to 255`;
}

/** Whether patients (or other groups) are in several parts; null where there are no groups. */
export function describeGroups({
  groupCount,
  sharedGroupCount,
}: Pick<SplitPlan, 'groupCount' | 'sharedGroupCount'>) {
  if (groupCount === 0) return null;
  const all = formatCount(groupCount, 'group');
  if (sharedGroupCount === 0) return `${all} (patients, copies): none is in more than one part.`;
  const are = sharedGroupCount === 1 ? 'is' : 'are';
  return `${formatNumber(sharedGroupCount)} of ${all} (patients, copies) ${are} in more than one part: numbers will be partly memory.`;
}

const methodWords: Readonly<Record<string, string>> = {
  allTrain: 'All images to learn from',
  given: 'As the folders or the table give it',
  givenPartly: 'Partly as given, the rest drawn',
  drawn: 'Drawn by chance',
};

/** How a split came about, e.g. `Drawn by chance, seed 47; identical images kept together`. */
export function describeMethod({
  method,
  seed,
  settings,
}: Pick<SplitInfo, 'method' | 'seed' | 'settings'>): string {
  const how = methodWords[method] ?? method;
  const drawn = method === 'drawn' || method === 'givenPartly' ? `, seed ${seed}` : '';
  const together = {
    none: '',
    exact: '; identical images kept together',
    near: '; look-alikes kept together',
  }[settings.keepTogether];
  return `${how}${drawn}${method === 'given' || method === 'allTrain' ? '' : together}`;
}

/** For lists of notes with counts. */
export const noteTitles: Readonly<Record<ImageNote, string>> = {
  wrongExtension: 'another format than named',
  orientationApplied: 'turned upright',
  firstPageOnly: 'first page or frame only',
  transparencyFlattened: 'transparency laid on white',
  cmykConverted: 'print colours converted',
  intensityScaled: 'values stretched',
  nonFiniteReplaced: 'values replaced',
  constant: 'one value everywhere',
};

/** e.g. `1,200 of 1,360 images are 500 × 333 pixels; the shorter sides go from 96 to 2,400.` */
export function describeSizes(
  { commonSize, sizeCount, shortSides }: DatasetMakeup,
  imageCount: number,
): string {
  const { width, height, images } = commonSize;
  const size = `${formatNumber(width)} × ${formatNumber(height)} pixels`;
  if (sizeCount === 1) return imageCount === 1 ? `It is ${size}.` : `All are ${size}.`;
  const [low, high] = [shortSides[0]?.pixels, shortSides.at(-1)?.pixels].map((side) => formatNumber(side));
  const range =
    low === high ? `All shorter sides are ${low} pixels.` : `Shorter sides go from ${low} to ${high} pixels.`;
  if (images < imageCount / 10) return `${formatNumber(sizeCount)} different sizes. ${range}`;
  return `${formatNumber(images)} of ${formatNumber(imageCount)} are ${size}. ${range}`;
}
