// The collection of awkward files, where it is at hand: nothing crashes, nothing is lost, nothing is accepted that must not.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scanImages } from '../../../engine/data/scanImages.ts';
import { temporaryFolder } from './testImages.ts';

const archive = new URL('../../../../shared/data/odd-files.tar', import.meta.url).pathname;

describe.skipIf(!existsSync(archive) || process.platform === 'win32')(
  'odd files (need ../shared/data)',
  () => {
    test('are all accepted, or set aside with a reason', async () => {
      const root = temporaryFolder();
      execFileSync('tar', ['xf', archive, '-C', root]);
      const report = await scanImages(join(root, 'odd-files'), { workers: 2 });
      const accepted = new Map(report.images.map((image) => [image.relativePath, image]));
      const reasons = new Map(
        [...report.quarantined, ...report.ignored].map((file) => [file.relativePath, file.reason]),
      );
      // 241 entries of the manifest, three files that describe them, less an empty folder and what hidden folders hold.
      expect(accepted.size + reasons.size).toBeGreaterThanOrEqual(240);
      const upright = accepted.get('made/exif_reference_upright.jpg')!;
      for (const orientation of [3, 6, 8]) {
        const turned = accepted.get(`made/exif_orientation_${orientation}.jpg`)!;
        expect([turned.width, turned.height]).toEqual([upright.width, upright.height]);
        const error = turned.fingerprint.thumbnail.reduce(
          (sum, value, i) => sum + Math.abs(value - upright.fingerprint.thumbnail[i]!),
          0,
        );
        expect(error / 1024).toBeLessThan(2);
      }
      const wide = [
        'gray16_full_range.png',
        'gray16_12bit_range.png',
        'gray16_narrow_window.png',
        'gray16.tif',
        'float32.tif',
      ];
      for (const name of wide) expect(accepted.get(`made/${name}`)!.notes).toContain('intensityScaled');
      for (const name of ['png_named.jpg', 'jpeg_named.png', 'webp_named.jpeg', 'tiff_named.png']) {
        expect(accepted.get(`made/${name}`)!.notes).toContain('wrongExtension');
      }
      expect(reasons.get('made/bomb_30000x30000_1bit.png')).toBe('size.tooManyPixels');
      expect(reasons.get('made/bomb_16000x16000_rgb.png')).toBe('size.tooManyPixels');
      expect(reasons.get('made/zero_bytes.jpg')).toBe('file.empty');
      expect(reasons.get('names/latin1_\\xfc_not_utf8.jpg')).toBe('name.notText');
      expect(reasons.get('tree/class_loop')).toBe('link.loop');
      expect(
        [...reasons].filter(
          ([path, reason]) => path.startsWith('dicom') && reason !== 'content.unsupportedFormat',
        ),
      ).toEqual([['dicom/zipMR.gz', 'ignored.notImage']]);
    });
  },
);
