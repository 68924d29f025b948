// Signed and 32-bit whole numbers in TIFF files, which sharp would clip or refuse: the file is relabelled as a type of the
// same width that passes through unchanged, and the bits are read back as what they are.

export type SampleKind = 'int16' | 'int32' | 'uint32';

const sampleFormatTag = 339;
const unsignedFormat = 1;
const signedFormat = 2;
const floatFormat = 3;

/** Positions of the values of the first page's SampleFormat tag; null where there is none or the file is a BigTIFF. */
function findSampleFormat(
  bytes: Buffer,
): { readonly positions: readonly number[]; readonly isLittle: boolean } | null {
  const isLittle = bytes[0] === 0x49;
  const uint16 = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const uint32 = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (bytes.length < 8 || uint16(2) !== 42) return null;
  const directory = uint32(4);
  if (directory + 2 > bytes.length) return null;
  const entries = uint16(directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > bytes.length) return null;
    if (uint16(at) !== sampleFormatTag) continue;
    const count = uint32(at + 4);
    // Up to two 16-bit values lie in the entry itself, more of them elsewhere.
    const start = count <= 2 ? at + 8 : uint32(at + 8);
    if (count > 64 || start + count * 2 > bytes.length) return null;
    return { positions: Array.from({ length: count }, (_, i) => start + i * 2), isLittle };
  }
  return null;
}

/**
 * A copy of the file whose samples are called what sharp hands through bit by bit: 16-bit signed as unsigned, 32-bit whole
 * numbers as floats (32-bit unsigned is often not labelled at all; such a file comes back as null, as does a BigTIFF).
 */
export function relabelSamples(bytes: Buffer, kind: SampleKind): Buffer | null {
  const found = findSampleFormat(bytes);
  if (!found) return null;
  const copy = Buffer.from(bytes);
  const expected = kind === 'uint32' ? unsignedFormat : signedFormat;
  const label = kind === 'int16' ? unsignedFormat : floatFormat;
  for (const at of found.positions) {
    const value = found.isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
    if (value !== expected) return null;
    if (found.isLittle) copy.writeUInt16LE(label, at);
    else copy.writeUInt16BE(label, at);
  }
  return copy;
}
