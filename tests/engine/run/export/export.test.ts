import * as ort from 'onnxruntime-node';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { paperConfig, type ModelConfig } from '../../../../engine/contract/config.ts';
import { writeNormalized } from '../../../../engine/data/normalization.ts';
import { encodeProgram } from '../../../../engine/model/encodeProgram.ts';
import { encoderWeightSpecs, sampleEncoderWeights } from '../../../../engine/model/encoderWeights.ts';
import { fromOfficialNames } from '../../../../engine/model/officialNames.ts';
import { withPrefix } from '../../../../engine/model/weightNames.ts';
import { decodeSafetensors } from '../../../../engine/project/safetensors.ts';
import { CounterRandom } from '../../../../engine/random/counterRandom.ts';
import { createExecutor } from '../../../../engine/runtime/executors.ts';
import { exportEncoderOnnx } from '../../../../engine/run/export/encoderOnnx.ts';
import { exportEncoderSafetensors } from '../../../../engine/run/export/encoderSafetensors.ts';
import { csvCell, renderFeatureRows } from '../../../../engine/run/export/featuresCsv.ts';
import { encodeNpy, encodeNpz } from '../../../../engine/run/export/npz.ts';

const model: ModelConfig = {
  ...paperConfig.model,
  imageSize: 48,
  embedDim: 32,
  depth: 2,
  numHeads: 2,
  numRegisterTokens: 2,
};
const weights = sampleEncoderWeights(model, 5);

describe('encoder as safetensors', () => {
  const file = decodeSafetensors(exportEncoderSafetensors(model, weights, 'target', { run: 'r' }));

  test("carries the official implementation's names and shapes", () => {
    const shapes = Object.fromEntries(Object.entries(file.tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'tokenizer.tokenizer.0.weight': [64, 3, 7, 7],
      'tokenizer.tokenizer.3.weight': [32, 64, 7, 7],
      'transformer.reg_embed': [1, 2, 32],
      'transformer.msk_embed': [1, 1, 32],
      'transformer.pos_embed': [11, 32],
      ...Object.fromEntries(
        [0, 1].flatMap((block) => [
          [`transformer.blocks.${block}.self_attn.qkv.weight`, [96, 32]],
          [`transformer.blocks.${block}.self_attn.proj.weight`, [32, 32]],
          [`transformer.blocks.${block}.ffn_layer.w12.weight`, [256, 32]],
          [`transformer.blocks.${block}.ffn_layer.last_linear.weight`, [32, 128]],
        ]),
      ),
    });
  });

  test('reads back as the same weights', () => {
    const restored = fromOfficialNames(file.tensors as never);
    for (const { name } of encoderWeightSpecs(model)) expect(restored[name]!.data).toEqual(weights[name]);
    expect(JSON.parse(file.metadata['config']!)).toEqual(model);
  });

  test('a checkpoint without a weight is refused by name', () => {
    const { 'transformer.msk_embed': _, ...incomplete } = weights;
    expect(() => exportEncoderSafetensors(model, incomplete, 'target')).toThrow(
      /no weight named transformer.msk_embed/,
    );
  });
});

describe('encoder as ONNX', () => {
  test('turns raw pixels into the features that the engine computes, in a plain session', async () => {
    const random = new CounterRandom(1, 'pixels');
    const pixels = Uint8Array.from({ length: 2 * 48 * 48 * 3 }, () => random.nextInteger(256));
    const images = new Float32Array(pixels.length);
    for (const image of [0, 1])
      writeNormalized(pixels.subarray(image * 6912, (image + 1) * 6912), images, image);
    const executor = await createExecutor('compiled-cpu');
    const program = await executor.compile(encodeProgram(model, 2, { layers: [1] }));
    await program.writeState(withPrefix(weights, 'encoder/'));
    const expected = (await program.run({ images }))['tokens.1'] as Float32Array;
    await executor.dispose();

    const session = await ort.InferenceSession.create(exportEncoderOnnx(model, weights, 2));
    expect([session.inputNames, session.outputNames]).toEqual([['image'], ['tokens', 'features']]);
    const result = await session.run({ image: new ort.Tensor('uint8', pixels, [2, 48, 48, 3]) });
    await session.release();
    const tokens = result['tokens']!.data as Float32Array;
    expect(Math.max(...tokens.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-4);

    const features = result['features']!;
    expect(features.dims).toEqual([2, 64]);
    const column = Array.from({ length: 9 }, (_, patch) => expected[(9 + patch) * 32 + 7]!);
    const mean = column.reduce((sum, value) => sum + value) / 9;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9);
    expect((features.data as Float32Array)[64 + 7]).toBeCloseTo(mean, 4);
    expect((features.data as Float32Array)[64 + 32 + 7]).toBeCloseTo(deviation, 4);
  });
});

describe('features as files', () => {
  const table = {
    paths: ['a,b.jpg', '=cmd|calc.jpg', 'quote".png'],
    labels: ['x', null, 'z'],
    splits: ['train', 'test', 'test'],
    features: new Float32Array([0.1, 2, 3, 4, -5.5, 1e-9]),
    dimensions: 2,
  };

  test('a CSV row holds the file, its label, its split and exact numbers', () => {
    expect([...renderFeatureRows(table)]).toEqual([
      'file,label,split,f0,f1',
      '"a,b.jpg",x,train,0.100000001,2',
      "'=cmd|calc.jpg,,test,3,4",
      '"quote"".png",z,test,-5.5,9.99999972e-10',
    ]);
    expect(csvCell('-rf.jpg')).toBe("'-rf.jpg");
  });

  test('an npy header is aligned and describes its array', () => {
    const bytes = encodeNpy({ shape: [3, 2], data: table.features });
    const headerBytes = bytes[8]! + 256 * bytes[9]!;
    expect((10 + headerBytes) % 64).toBe(0);
    expect(Buffer.from(bytes.subarray(10, 10 + headerBytes)).toString()).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3, 2\), \} *\n$/,
    );
    expect(new Float32Array(bytes.slice(10 + headerBytes).buffer)).toEqual(table.features);
  });

  test('an npz is a zip of arrays, equal for equal content', () => {
    const arrays = {
      features: { shape: [3, 2], data: table.features },
      labels: { shape: [3], data: new Int32Array(3) },
    };
    expect(Object.keys(unzipSync(encodeNpz(arrays)))).toEqual(['features.npy', 'labels.npy']);
    expect(encodeNpz(arrays)).toEqual(encodeNpz(arrays));
  });
});
