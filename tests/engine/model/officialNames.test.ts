import { describe, expect, test } from 'vitest';
import { paperConfig, type ModelConfig } from '../../../engine/contract/config.ts';
import { encoderWeightSpecs, sampleEncoderWeights } from '../../../engine/model/encoderWeights.ts';
import { fromOfficialNames, toOfficialNames, type ShapedArray } from '../../../engine/model/officialNames.ts';
import { withoutPrefix } from '../../../engine/model/weightNames.ts';
import { readSafetensors } from '../../../engine/project/safetensors.ts';

function shaped(model: ModelConfig): Record<string, ShapedArray> {
  const values = sampleEncoderWeights(model, 1);
  return Object.fromEntries(
    encoderWeightSpecs(model).map(({ name, shape }) => [name, { shape, data: values[name]! }]),
  );
}

describe('official names', () => {
  test.each([
    ['scott-80-swiglu', 'swiglu', 0, 'scott'],
    ['scott-80-mlp-registers', 'mlp', 2, 'scott'],
    ['vit-80-swiglu', 'swiglu', 0, 'vit'],
  ] as const)(
    'are exactly those of the reference %s, shapes too, empty tensors included',
    (file, feedForward, numRegisterTokens, tokenizer) => {
      const { tensors } = readSafetensors(`tests/golden/${file}.safetensors`);
      const reference = withoutPrefix(tensors, 'init/context_encoder.');
      const depth = file === 'scott-80-swiglu' ? 2 : 1;
      const size = { imageSize: 80, embedDim: 16, depth, numHeads: 2 };
      const model = { ...paperConfig.model, ...size, feedForward, numRegisterTokens, tokenizer };
      const shapes = Object.fromEntries(Object.entries(reference).map(([name, { shape }]) => [name, shape]));
      delete shapes['transformer.pos_embed'];
      const ours = Object.entries(toOfficialNames(shaped(model))).map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries(ours)).toEqual(shapes);
    },
  );

  test('lead back to the same weights', () => {
    const model = { ...paperConfig.model, imageSize: 48, embedDim: 32, depth: 2 };
    const weights = shaped(model);
    expect(fromOfficialNames(toOfficialNames(weights))).toEqual(weights);
    const empty = shaped({ ...model, embedDim: 16 });
    expect(fromOfficialNames(toOfficialNames(empty))).toEqual(empty);
  });

  test('join rows in the official order', () => {
    const row = (value: number): ShapedArray => ({ shape: [1, 2], data: Float32Array.of(value, value) });
    const joined = toOfficialNames({
      'b.self_attn.q.weight': row(1),
      'b.self_attn.k.weight': row(2),
      'b.self_attn.v.weight': row(3),
      'h.cross_attn.q.weight': row(4),
      'h.cross_attn.k.weight': row(5),
      'h.cross_attn.v.weight': row(6),
    });
    expect(Object.keys(joined)).toEqual([
      'b.self_attn.qkv.weight',
      'h.cross_attn.q.weight',
      'h.cross_attn.kv.weight',
    ]);
    expect([...joined['b.self_attn.qkv.weight']!.data]).toEqual([1, 1, 2, 2, 3, 3]);
    expect(joined['h.cross_attn.kv.weight']!.shape).toEqual([2, 2]);
  });

  test('refuse a joined matrix that cannot be divided', () => {
    const broken = { 'a.self_attn.qkv.weight': { shape: [4, 1], data: new Float32Array(4) } };
    expect(() => fromOfficialNames(broken)).toThrow(expect.objectContaining({ code: 'tensor.shape' }));
  });
});
