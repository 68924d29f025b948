// A dataset of very many images for measuring: small files that differ, written once, and their rows put in by the project's
// own queries, because a scan of 50,000 files would take minutes and is not what is measured here.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ImageRecord, ScanReport } from '../../engine/contract/dataset.ts';
import type { Project } from '../../engine/project/project.ts';
import { insertDataset } from '../../engine/project/queries/datasets.ts';
import { CounterRandom } from '../../engine/random/counterRandom.ts';

const drawingCount = 60;
const side = 64;
/** One in so many images is a look-alike, and one a copy, of the image before it. */
const alikeEvery = 400;
const copyEvery = 1_000;

/** Soft waves of colour, different enough to be told apart at a glance. */
function drawPixels(seed: number): Buffer {
  const random = new CounterRandom(seed, 'drawing');
  const waves = Array.from({ length: 3 }, () => Array.from({ length: 3 }, () => random.nextUniform() * 0.4));
  const pixels = Buffer.alloc(side * side * 3);
  for (let place = 0; place < side * side; place++) {
    const [x, y] = [place % side, Math.floor(place / side)];
    waves.forEach(([a, b, c], channel) => {
      pixels[place * 3 + channel] = 128 + 90 * Math.sin(a! * x + 6 * c!) * Math.cos(b! * y);
    });
  }
  return pixels;
}

function drawFiles(): Promise<Buffer[]> {
  const raw = { width: side, height: side, channels: 3 } as const;
  return Promise.all(
    Array.from({ length: drawingCount }, (_, seed) => sharp(drawPixels(seed), { raw }).jpeg().toBuffer()),
  );
}

/** Low waves of random strength: like the thumbnails of real images, neighbours are alike and no two are the same. */
function drawThumbnail(seed: number): Uint8Array {
  const random = new CounterRandom(seed, 'thumbnail');
  const terms = Array.from({ length: 8 }, () => {
    const [u, v, phase] = [random.nextUniform(), random.nextUniform(), random.nextUniform() * 6];
    const strength = 20 + 20 * random.nextUniform();
    return {
      across: Float64Array.from({ length: 32 }, (_, x) => strength * Math.sin(u * x + phase)),
      down: Float64Array.from({ length: 32 }, (_, y) => Math.cos(v * y + phase)),
    };
  });
  return Uint8Array.from({ length: 1024 }, (_, place) => {
    let value = 128;
    for (const { across, down } of terms) value += across[place % 32]! * down[place >> 5]!;
    return Math.max(0, Math.min(255, value));
  });
}

/** The sign of each step between horizontal neighbours, as the scan takes it from pixels. */
function hashThumbnail(thumbnail: Uint8Array): string {
  const bytes = Buffer.alloc(32);
  for (let bit = 0; bit < 256; bit++) {
    const [row, column] = [(bit >> 4) * 2, (bit & 15) * 2];
    if (thumbnail[row * 32 + column]! > thumbnail[row * 32 + Math.min(31, column + 2)]!)
      bytes[bit >> 3]! |= 1 << (bit & 7);
  }
  return bytes.toString('hex');
}

function makeFingerprint(index: number): ImageRecord['fingerprint'] {
  const isAlike = index % alikeEvery === 1;
  const thumbnail = drawThumbnail(isAlike ? index - 1 : index);
  // A look-alike is a little brighter in places, as a second photograph is.
  if (isAlike) for (let place = index % 7; place < 1024; place += 7) thumbnail[place]! ^= 1;
  return { differenceHash: hashThumbnail(thumbnail), thumbnail };
}

export interface ManyImages {
  readonly folder: string;
  readonly images: number;
  readonly classes: number;
}

/** Writes the files and stores them as a dataset; returns its id. Files that are there already are written again. */
export async function makeManyImages(project: Project, { folder, images, classes }: ManyImages) {
  const drawings = await drawFiles();
  const classNames = Array.from({ length: classes }, (_, i) => `species ${String(i + 1).padStart(4, '0')}`);
  for (const name of classNames) mkdirSync(join(folder, name), { recursive: true });
  const records = Array.from({ length: images }, (_, index): ImageRecord => {
    const label = classNames[index % classes]!;
    const isCopy = index % copyEvery === 2;
    const original = isCopy ? index - 1 : index;
    // Readers of JPEG stop at its end mark: what follows makes the file another without changing the picture.
    const bytes = Buffer.concat([drawings[original % drawingCount]!, Buffer.from(`image ${original}`)]);
    const relativePath = `${label}/specimen ${String(index + 1).padStart(6, '0')}.jpg`;
    writeFileSync(join(folder, relativePath), bytes);
    return {
      relativePath,
      sizeBytes: bytes.length,
      modifiedMs: 1,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      pixelSha256: createHash('sha256').update(`pixels ${original}`).digest('hex'),
      format: 'jpeg',
      width: side,
      height: side,
      bitDepth: 8,
      channels: 3,
      window: { rule: 'asStored', low: 0, high: 255 },
      notes: index % 50 === 0 ? ['orientationApplied'] : [],
      fingerprint: makeFingerprint(original),
      label,
      group: null,
      givenSplit: null,
    };
  });
  const report: ScanReport = {
    rootFolder: folder,
    layout: 'classFolders',
    images: records,
    quarantined: [],
    ignored: [],
    classes: classNames,
    warnings: [],
    durationMs: 0,
    cancelled: false,
  };
  return insertDataset(project.database, { name: 'very many', csvPath: null, report });
}
