// Tells what a file is from its first bytes; names and extensions are not looked at, except for DICOM without preamble.
import type { ImageFormat, SetAsideReason } from '../contract/dataset.ts';

/** How many bytes of a file are enough to tell. */
export const sniffBytes = 4096;

export type ContentKind =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  | { readonly kind: 'unsupported'; readonly formatName: string }
  | { readonly kind: 'refused'; readonly reason: SetAsideReason }
  | { readonly kind: 'unknown' };

interface Signature {
  readonly offset: number;
  /** Latin-1 characters, one a byte. */
  readonly bytes: string;
}

const at = (offset: number, ...alternatives: readonly string[]): readonly Signature[] =>
  alternatives.map((bytes) => ({ offset, bytes }));

const imageSignatures: readonly (readonly [ImageFormat, readonly Signature[]])[] = [
  // First, because a DICOM's preamble may make it a TIFF as well.
  ['dicom', at(128, 'DICM')],
  ['jpeg', at(0, '\xff\xd8\xff')],
  ['png', at(0, '\x89PNG\r\n\x1a\n')],
  ['tiff', at(0, 'II*\0', 'MM\0*', 'II+\0', 'MM\0+')],
  ['gif', at(0, 'GIF87a', 'GIF89a')],
];

const unsupportedSignatures: readonly (readonly [string, readonly Signature[]])[] = [
  ['AVIF', at(4, 'ftypavif', 'ftypavis')],
  ['HEIC', at(4, 'ftypheic', 'ftypheix', 'ftyphevc', 'ftypmif1', 'ftypmsf1')],
  ['JPEG 2000', [...at(0, '\0\0\0\x0cjP  ', '\xff\x4f\xff\x51')]],
  ['JPEG XL', at(0, '\xff\x0a', '\0\0\0\x0cJXL ')],
  ['Photoshop', at(0, '8BPS')],
  ['OpenEXR', at(0, '\x76\x2f\x31\x01')],
  ['FITS', at(0, 'SIMPLE  =')],
  ['Zeiss CZI', at(0, 'ZISRAWFILE')],
  ['Nikon ND2', at(0, '\xda\xce\xbe\x0a')],
  ['HDF5', at(0, '\x89HDF\r\n\x1a\n')],
  ['A Windows icon', at(0, '\0\0\x01\0')],
  ['PDF', at(0, '%PDF-')],
  ['Netpbm', at(0, 'P1\n', 'P2\n', 'P3\n', 'P4\n', 'P5\n', 'P6\n')],
];

function carries(head: Buffer, signatures: readonly Signature[]): boolean {
  return signatures.some(
    ({ offset, bytes }) => head.toString('latin1', offset, offset + bytes.length) === bytes,
  );
}

/** BMP's two letters begin many texts, so its header must make sense as well. */
function isBmp(head: Buffer): boolean {
  if (head.length < 18 || head.toString('latin1', 0, 2) !== 'BM') return false;
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14));
}

function kindOfText(head: Buffer): ContentKind {
  const text = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('version https://git-lfs.github.com/spec')) {
    return { kind: 'refused', reason: 'content.lfsPointer' };
  }
  if (!text.startsWith('<')) return { kind: 'unknown' };
  if (text.includes('<svg')) return { kind: 'refused', reason: 'content.vector' };
  if (/^<(!doctype html|html|head|body)|<html/.test(text))
    return { kind: 'refused', reason: 'content.webPage' };
  return { kind: 'unknown' };
}

/** A DICOM file may lack preamble and prefix; it then begins with a tag of group 0002 or 0008 of a known length. */
function isBareDicom(head: Buffer, extension: string): boolean {
  if (['dcm', 'dicom', 'ima'].includes(extension)) return true;
  if (head.length < 8 || ![0x0002, 0x0008].includes(head.readUInt16LE(0))) return false;
  return /^(UL|UI|CS|OB)$/.test(head.toString('latin1', 4, 6)) && head.readUInt16LE(2) <= 0x0018;
}

/**
 * What the first bytes of a file say it is.
 * @param head the first `sniffBytes` bytes, or all if there are fewer
 * @param extension of its name, lower case, without the dot; only believed for DICOM without a preamble
 */
export function detectContentKind(head: Buffer, extension: string): ContentKind {
  for (const [format, signatures] of imageSignatures) {
    if (carries(head, signatures)) return { kind: 'image', format };
  }
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') {
    return { kind: 'image', format: 'webp' };
  }
  if (isBmp(head)) return { kind: 'image', format: 'bmp' };
  for (const [formatName, signatures] of unsupportedSignatures) {
    if (carries(head, signatures)) return { kind: 'unsupported', formatName };
  }
  const text = kindOfText(head);
  if (text.kind !== 'unknown') return text;
  return isBareDicom(head, extension) ? { kind: 'image', format: 'dicom' } : { kind: 'unknown' };
}

const extensionsByFormat: Readonly<Record<ImageFormat, readonly string[]>> = {
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif', 'mpo'],
  png: ['png', 'apng'],
  webp: ['webp'],
  tiff: ['tif', 'tiff'],
  bmp: ['bmp', 'dib'],
  gif: ['gif'],
  dicom: ['dcm', 'dicom', 'ima'],
};

const otherImageExtensions = new Set([
  'svg',
  'jp2',
  'jpf',
  'j2k',
  'jpx',
  'heic',
  'heif',
  'avif',
  'jxl',
  'psd',
  'exr',
  'ico',
  'czi',
  'nd2',
  'lif',
  'svs',
  'ndpi',
]);

/** Lower case, without the dot; empty where there is none. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Whether somebody who names a file so means a picture. */
export function isImageExtension(extension: string): boolean {
  return (
    otherImageExtensions.has(extension) ||
    Object.values(extensionsByFormat).some((extensions) => extensions.includes(extension))
  );
}

/** Whether the extension is one that the format usually has; a missing one counts as usual. */
export function isUsualExtension(format: ImageFormat, extension: string): boolean {
  return extension === '' || extensionsByFormat[format].includes(extension);
}
