// Sentences for the person whose file is set aside, one for each reason, and the error that carries them upwards.
import type { SetAsideReason } from '../contract/dataset.ts';

/** Facts that some sentences mention; each sentence does without those it was not given. */
export interface SetAsideFacts {
  readonly width?: number;
  readonly height?: number;
  readonly formatName?: string;
  readonly detail?: string;
  readonly sizeBytes?: number;
}

const dimensions = (facts: SetAsideFacts) => `${facts.width ?? '?'} × ${facts.height ?? '?'} pixels`;
const megapixels = (facts: SetAsideFacts) =>
  Math.round(((facts.width ?? 0) * (facts.height ?? 0)) / 1e6).toLocaleString('en-GB');

/** Files are read whole; more than this is refused. */
export const maxFileBytes = 1024 ** 3;
/** Most pixels that are decoded: a 10,000 × 10,000 picture. */
export const maxPixels = 100_000_000;
/** Shortest side that still holds one patch. */
export const minShorterSide = 16;
/** Longer over shorter side; beyond it a square crop shows almost nothing of the picture. */
export const maxElongation = 16;
/** Seconds that decoding one file may take. */
export const maxDecodeSeconds = 60;

const sentences: Readonly<Record<SetAsideReason, (facts: SetAsideFacts) => string>> = {
  'ignored.hidden': () => 'Hidden files and folders are left out.',
  'ignored.system': () => 'The operating system keeps this file for itself; it is not a picture.',
  'ignored.notImage': () => 'This is not a picture.',
  'file.missing': () => 'The table names this file, but it is not there. Check the name and the folder.',
  'file.unreadable': (facts) =>
    `The file cannot be opened${facts.detail ? ` (${facts.detail})` : ''}. Check its permissions, or copy it again.`,
  'file.empty': () => 'The file is empty (0 bytes). Copy it again from where it came from.',
  'file.tooLarge': () =>
    `The file is larger than ${maxFileBytes / 1024 ** 3} GB. Export the region or plane you need as a smaller picture.`,
  'file.special': () => 'This is not an ordinary file (a pipe, a socket or a device).',
  'link.broken': () => 'This link points to a file that is not there.',
  'link.loop': () => 'This link leads back into a folder that is already imported; it is not followed.',
  'name.notText': () =>
    'The name of the file or of a folder above it is not valid text (UTF-8). Rename it, then import again.',
  'row.repeated': () => 'The table names this file more than once; its first row counts.',
  'content.notImage': () => 'The name says picture, but the content is not one in any format known here.',
  'content.webPage': () =>
    'This is a web page saved under a picture’s name, usually a failed download. Download the picture again.',
  'content.lfsPointer': () =>
    'This is a placeholder of git LFS, not the picture. Run “git lfs pull” where the pictures came from.',
  'content.vector': () => 'This is a drawing of lines (SVG), not a picture of pixels. Export it as PNG.',
  'content.unsupportedFormat': (facts) =>
    `${facts.formatName ?? 'This format'} is not read yet; export as PNG or TIFF.`,
  'content.truncated': () => 'The file ends before the picture does. Copy or download it again.',
  'content.corrupt': (facts) =>
    `The file is damaged and cannot be decoded${facts.detail ? ` (${facts.detail})` : ''}. Copy or export it again.`,
  'content.noPixels': () => 'The file holds no picture.',
  'content.slow': () => `Decoding took more than ${maxDecodeSeconds} seconds and was stopped.`,
  'size.tooManyPixels': (facts) =>
    `The picture has ${dimensions(facts)} (${megapixels(facts)} megapixels; the limit is ${maxPixels / 1e6}). Cut it into tiles or make it smaller.`,
  'size.outOfMemory': () =>
    'This computer has not enough free memory to decode so large a picture. Make it smaller or cut it into tiles.',
  'size.tooSmall': (facts) =>
    `The picture has ${dimensions(facts)}; the shorter side must have at least ${minShorterSide}.`,
  'size.tooElongated': (facts) =>
    `The picture has ${dimensions(facts)}: more than ${maxElongation} times as long as wide. Cut it into squarer pieces.`,
  'values.notFinite': () => 'Not one value in the picture is a number (all are NaN or infinite).',
};

/** The sentence for a reason. */
export function describeSetAside(reason: SetAsideReason, facts: SetAsideFacts = {}): string {
  return sentences[reason](facts);
}

/** Thrown while a file is examined, and caught by whoever examines files: it sets this one aside. */
export class SetAsideError extends Error {
  override readonly name = 'SetAsideError';
  readonly reason: SetAsideReason;

  constructor(reason: SetAsideReason, facts: SetAsideFacts = {}) {
    super(describeSetAside(reason, facts));
    this.reason = reason;
  }
}
