// One number for "exactly these images, classes and splits": stored with every run.
import { createHash } from 'node:crypto';
import type { ImageRecord, SplitName } from '../contract/dataset.ts';

/**
 * SHA-256, in hexadecimal digits, over content hash, class, group and split of every image. Names and order do not count:
 * renamed files are the same dataset.
 */
export function computeManifestHash(
  images: readonly Pick<ImageRecord, 'sha256' | 'label' | 'group'>[],
  splits: readonly SplitName[],
): string {
  const lines = images.map(({ sha256, label, group }, index) =>
    JSON.stringify([sha256, label, group, splits[index]]),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
