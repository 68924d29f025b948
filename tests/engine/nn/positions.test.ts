import { describe, expect, test } from 'vitest';
import { computePositionEmbedding } from '../../../engine/nn/positions.ts';
import { readSafetensors } from '../../../engine/project/safetensors.ts';
import { expectClose } from './tensorChecks.ts';

describe('position embedding', () => {
  test.each([
    ['scott-80-swiglu', 0],
    ['scott-80-mlp-registers', 2],
  ])('equals the reference of %s', (name, registers) => {
    const file = readSafetensors(`tests/golden/${name}.safetensors`);
    const expected = file.tensors['init/context_encoder.transformer.pos_embed']!.data as Float32Array;
    expectClose(computePositionEmbedding(16, 5, registers), expected, 1e-7);
  });

  test('tells every place of a 14 × 14 grid from every other', () => {
    const values = computePositionEmbedding(64, 14, 0);
    const rows = Array.from({ length: 196 }, (_, place) => values.slice(place * 64, (place + 1) * 64).join());
    expect(new Set(rows).size).toBe(196);
  });
});
