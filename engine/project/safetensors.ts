// Reads and writes the safetensors format: an 8-byte little-endian header length, a JSON header, then raw tensors.
import { readFileSync } from 'node:fs';
import { EngineError } from '../contract/errors.ts';

export type SafetensorsData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
}

export interface SafetensorsFile {
  /** Free text by key, the format's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, NamedArray>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

const constructors = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, I64: BigInt64Array } as const;
type SupportedType = keyof typeof constructors;
const largestHeaderBytes = 100 * 1024 * 1024;

function typeName(data: SafetensorsData): SupportedType {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint8Array) return 'U8';
  return 'I64';
}

/** The bytes before the tensors, and the tensors' names in the order their bytes follow. */
export interface SafetensorsHeader {
  readonly bytes: Uint8Array;
  readonly names: readonly string[];
}

/** Describes tensors in name order; padded so that the first tensor lies on an 8-byte boundary. Throws tensor.shape. */
export function encodeSafetensorsHeader(file: SafetensorsFile): SafetensorsHeader {
  const names = Object.keys(file.tensors).sort();
  const header: Record<string, unknown> = { __metadata__: file.metadata };
  let offset = 0;
  for (const name of names) {
    const { data, shape } = file.tensors[name]!;
    const count = shape.reduce((product, side) => product * side, 1);
    if (count !== data.length) {
      throw new EngineError(
        'tensor.shape',
        `safetensors: ${name} has ${data.length} values, its shape [${shape}] needs ${count}`,
      );
    }
    header[name] = { dtype: typeName(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + headerBytes, 0x20);
  bytes.writeBigUInt64LE(BigInt(headerBytes), 0);
  json.copy(bytes, 8);
  return { bytes, names };
}

/** The bytes of an array's values, without a copy. */
export function viewBytes(data: SafetensorsData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Serialises tensors in name order. */
export function encodeSafetensors(file: SafetensorsFile): Uint8Array {
  const header = encodeSafetensorsHeader(file);
  return Buffer.concat([header.bytes, ...header.names.map((name) => viewBytes(file.tensors[name]!.data))]);
}

function readHeader(
  bytes: Uint8Array,
  source: string,
): { header: Record<string, HeaderEntry>; metadata: Record<string, string>; dataStart: number } {
  const corrupt = (why: string) =>
    new EngineError('file.corrupt', `${source} is not a readable safetensors file: ${why}`);
  if (bytes.length < 8) throw corrupt('it is shorter than 8 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > largestHeaderBytes || 8 + headerBytes > bytes.length)
    throw corrupt('its header is cut short');
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
  } catch (cause) {
    throw new EngineError(
      'file.corrupt',
      `${source} is not a readable safetensors file: its header is not JSON`,
      { cause },
    );
  }
  const { __metadata__: metadata = {}, ...header } = parsed;
  return {
    header: header as Record<string, HeaderEntry>,
    metadata: metadata as Record<string, string>,
    dataStart: 8 + headerBytes,
  };
}

/** Parses a file's bytes; every tensor is copied out, so the bytes may be reused. Throws file.corrupt. */
export function decodeSafetensors(bytes: Uint8Array, source = 'the file'): SafetensorsFile {
  // A Buffer's own slice shares memory; a plain Uint8Array's copies, which also aligns the copy.
  const plainBytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, metadata, dataStart } = readHeader(bytes, source);
  const tensors: Record<string, NamedArray> = {};
  for (const [name, entry] of Object.entries(header)) {
    const constructor = constructors[entry.dtype as SupportedType];
    const [start, end] = entry.data_offsets;
    const count = entry.shape.reduce((product, side) => product * side, 1);
    if (!constructor)
      throw new EngineError(
        'file.corrupt',
        `${source}: tensor ${name} has the unsupported type ${entry.dtype}`,
      );
    if (dataStart + end > bytes.length || end - start !== count * constructor.BYTES_PER_ELEMENT) {
      throw new EngineError('file.corrupt', `${source}: tensor ${name} is cut short`);
    }
    tensors[name] = {
      shape: entry.shape,
      data: new constructor(plainBytes.slice(dataStart + start, dataStart + end).buffer),
    };
  }
  return { metadata, tensors };
}

/** Reads a whole file. Throws file.missing, file.corrupt. */
export function readSafetensors(path: string): SafetensorsFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new EngineError('file.missing', `${path} cannot be read`, { cause, details: { path } });
  }
  return decodeSafetensors(bytes, path);
}
