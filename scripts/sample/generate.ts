// Draws the sample that ships with Thimble: resources/sample/<species>/0001.jpg … and manifest.json; and the README's
// picture of it.
// usage: npm run sample
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { writeContactSheet } from './contactSheet.ts';
import { drawScene, IMAGE_WIDTH } from './scene.ts';
import { SPECIES } from './species.ts';

export const SAMPLE_SEED = 20_260_717;
export const IMAGES_PER_SPECIES = 200;
const JPEG_QUALITY = 88;

export interface ManifestEntry {
  readonly path: string;
  readonly species: string;
  /** SHA-256 of the RGB bytes before JPEG encoding, which encoders do not agree on. */
  readonly pixelSha256: string;
}

/** SHA-256 of image `index` (from 0) of a species, as drawn. */
export function hashPixels(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex');
}

async function writeImage(
  folder: string,
  species: (typeof SPECIES)[number],
  index: number,
): Promise<ManifestEntry> {
  const pixels = drawScene(species, index, SAMPLE_SEED);
  const path = `${species.name}/${String(index + 1).padStart(4, '0')}.jpg`;
  const raw = { width: IMAGE_WIDTH, height: IMAGE_WIDTH, channels: 3 } as const;
  await sharp(pixels, { raw })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:2:0', mozjpeg: true })
    .toFile(join(folder, path));
  return { path, species: species.name, pixelSha256: hashPixels(pixels) };
}

async function generateSample(folder: string): Promise<void> {
  const manifest: ManifestEntry[] = [];
  for (const species of SPECIES) {
    rmSync(join(folder, species.name), { recursive: true, force: true });
    mkdirSync(join(folder, species.name), { recursive: true });
    for (let index = 0; index < IMAGES_PER_SPECIES; index++)
      manifest.push(await writeImage(folder, species, index));
  }
  const content = { seed: SAMPLE_SEED, width: IMAGE_WIDTH, images: manifest };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(content, null, 1)}\n`);
}

if (process.argv[1]?.endsWith('generate.ts')) {
  const root = join(import.meta.dirname, '..', '..');
  const folder = join(root, 'resources', 'sample');
  await generateSample(folder);
  await writeContactSheet(folder, join(root, 'docs', 'images', 'sample.png'));
}
