// The image operations against Pillow's and torchvision's own results, where the reference file is at hand.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  blurImage,
  removeColor,
  shiftHue,
} from '../../../engine/data/colorOperations.ts';
import { cropForEvaluation } from '../../../engine/data/evaluationCrop.ts';
import { writeNormalized } from '../../../engine/data/normalization.ts';
import { resampleBox } from '../../../engine/data/resampleImage.ts';
import { readSafetensors, type SafetensorsFile } from '../../../engine/project/safetensors.ts';
import { makeImage } from './testImages.ts';

const referencePath = new URL('../../../../shared/reference/image-ops.safetensors', import.meta.url).pathname;

describe.skipIf(!existsSync(referencePath))(
  'image operations equal the reference (needs ../shared/reference)',
  () => {
    const missing: SafetensorsFile = { metadata: {}, tensors: {} };
    const { tensors } = existsSync(referencePath) ? readSafetensors(referencePath) : missing;
    const expected = (name: string) => Array.from(tensors[`out/${name}`]!.data, Number);
    const source = () => Uint8Array.from(tensors['image_uint8']!.data as Int32Array);
    const cropBox = { left: 30, top: 20, width: 120, height: 90 };
    const crop = () => resampleBox(source(), 200, cropBox, 96, 96, 'bicubic');

    test('bicubic crop and bilinear resize, to the last bit', () => {
      expect([...crop()]).toEqual(expected('crop_bicubic_96'));
      const whole = { left: 0, top: 0, width: 200, height: 150 };
      expect([...resampleBox(source(), 200, whole, 341, 256, 'bilinear')]).toEqual(
        expected('resize256_bilinear'),
      );
    });

    test('the evaluation view, to the last bit', () => {
      const view = cropForEvaluation({ width: 200, height: 150, pixels: source() }, 224);
      expect([...view]).toEqual(expected('eval_resize256_center224'));
    });

    test.each<[string, (pixels: Uint8Array) => void]>([
      ['brightness_1.3', (pixels) => adjustBrightness(pixels, 1.3)],
      ['contrast_0.7', (pixels) => adjustContrast(pixels, 0.7)],
      ['saturation_1.15', (pixels) => adjustSaturation(pixels, 1.15)],
      ['hue_0.08', (pixels) => shiftHue(pixels, 0.08)],
      ['grayscale', removeColor],
      ['blur_k9_s1.2', (pixels) => blurImage(pixels, 96, 96, 1.2)],
    ])('%s, to the last bit', (name, change) => {
      const pixels = crop();
      change(pixels);
      expect([...pixels]).toEqual(expected(name));
    });

    test('normalisation to channels first', () => {
      const batch = new Float32Array(2 * 3 * 96 * 96);
      writeNormalized(crop(), batch, 1);
      const values = expected('normalized_chw');
      values.forEach((value, i) => expect(Math.abs(batch[values.length + i]! - value)).toBeLessThan(1e-6));
      expect(batch.subarray(0, values.length).every((value) => value === 0)).toBe(true);
    });
  },
);

describe('colour operations', () => {
  const original = makeImage(20, 16, 3).pixels;
  const changed = (change: (pixels: Uint8Array) => void) => {
    const pixels = original.slice();
    change(pixels);
    return pixels;
  };

  test('a factor of one changes nothing', () => {
    expect(changed((pixels) => adjustBrightness(pixels, 1))).toEqual(original);
    expect(changed((pixels) => adjustContrast(pixels, 1))).toEqual(original);
    expect(changed((pixels) => adjustSaturation(pixels, 1))).toEqual(original);
  });

  test('a saturation of zero is grayscale, a brightness of zero is black', () => {
    expect(changed((pixels) => adjustSaturation(pixels, 0))).toEqual(changed(removeColor));
    expect(new Set(changed((pixels) => adjustBrightness(pixels, 0)))).toEqual(new Set([0]));
  });

  test('a third of a turn of the hue carries red to green to blue', () => {
    const pixels = Uint8Array.of(200, 0, 0, 0, 200, 0, 0, 0, 200);
    shiftHue(pixels, 1 / 3);
    expect([...pixels]).toEqual([0, 200, 0, 0, 0, 200, 200, 0, 0]);
  });

  test('blur spreads a point as a Gaussian, keeps the sum and reflects at the border', () => {
    const point = new Uint8Array(21 * 21 * 3);
    point.fill(255, (10 * 21 + 10) * 3, (10 * 21 + 10) * 3 + 3);
    blurImage(point, 21, 21, 1);
    const at = (x: number, y: number) => point[(y * 21 + x) * 3]!;
    expect(at(10, 10)).toBe(Math.round(255 * 0.3989 ** 2));
    expect(at(11, 10) / at(10, 10)).toBeCloseTo(Math.exp(-0.5), 1);
    const flat = new Uint8Array(5 * 3 * 3).fill(77);
    blurImage(flat, 5, 3, 2);
    expect(new Set(flat)).toEqual(new Set([77]));
  });
});
