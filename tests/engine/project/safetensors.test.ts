import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../engine/project/safetensors.ts';

const example = {
  metadata: { format: '1', config: '{"a":1}' },
  tensors: {
    'b.bytes': { shape: [3], data: new Uint8Array([1, 2, 255]) },
    'a.weight': { shape: [2, 2], data: new Float32Array([1.5, -2, 0, 3e-8]) },
    'c.empty': { shape: [0, 16], data: new Float32Array(0) },
    'd.index': { shape: [2], data: new Int32Array([-5, 7]) },
  },
};

describe('safetensors', () => {
  test('what is written is read back, empty tensors and odd byte counts included', () => {
    const decoded = decodeSafetensors(encodeSafetensors(example));
    expect(decoded.metadata).toEqual(example.metadata);
    expect(decoded.tensors).toEqual(example.tensors);
  });

  test('the header is padded to 8 bytes', () => {
    const bytes = encodeSafetensors(example);
    expect(Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) % 8).toBe(0);
  });

  test('a file cut at any byte is refused, never read wrongly', () => {
    const bytes = encodeSafetensors(example);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.slice(0, length), 'cut')).toThrow(EngineError);
    }
  });

  test('a tensor whose values do not fit its shape is refused', () => {
    const wrong = { metadata: {}, tensors: { w: { shape: [3], data: new Float32Array(2) } } };
    expect(() => encodeSafetensors(wrong)).toThrow(/w has 2 values/);
  });
});
