// NumPy's file formats: .npy for one array, .npz for several by name (a zip of .npy files).
import { zipSync } from 'fflate';

export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** One array in .npy format 1.0; the header is padded so that the data starts on a multiple of 64 bytes. */
export function encodeNpy({ shape, data }: NumpyArray): Uint8Array {
  const type = data instanceof Float32Array ? '<f4' : '<i4';
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const prefixBytes = 10;
  const headerBytes = Math.ceil((prefixBytes + text.length + 1) / 64) * 64 - prefixBytes;
  const bytes = Buffer.alloc(prefixBytes + headerBytes + data.byteLength, 0x20);
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  bytes.writeUInt16LE(headerBytes, 8);
  bytes.write(text, prefixBytes, 'latin1');
  bytes[prefixBytes + headerBytes - 1] = 0x0a;
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), prefixBytes + headerBytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Several arrays by name, as numpy.load reads them. The zip carries a fixed date, so equal arrays give equal bytes. */
export function encodeNpz(arrays: Readonly<Record<string, NumpyArray>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: new Date('1980-01-02T00:00:00') });
}
