// The images of a dataset as runs and probes use them: where each file is, its class and its part of a split.
import { resolve } from 'node:path';
import { splitNames, type SplitName } from '../contract/dataset.ts';
import type { Protocol } from '../contract/results.ts';
import type { SourceImage } from '../data/pixelSource.ts';
import type { Database } from '../project/database.ts';
import { listClasses, listImages, readDataset } from '../project/queries/datasets.ts';
import { readSplit, readSplitParts } from '../project/queries/splits.ts';

export interface RunImage extends SourceImage {
  readonly id: number;
  readonly relativePath: string;
  /** Class number, or −1 where the image has no label. */
  readonly label: number;
  readonly group: string | null;
  readonly part: SplitName;
}

export interface RunImages {
  readonly datasetName: string;
  readonly splitName: string;
  readonly classes: readonly string[];
  /** In the order of the dataset (byte order of relative paths). */
  readonly images: readonly RunImage[];
}

/** All images of a split's dataset. Throws dataset.notFound. */
export function listRunImages(database: Database, splitId: number): RunImages {
  const split = readSplit(database, splitId);
  const dataset = readDataset(database, split.datasetId);
  const classes = listClasses(database, dataset.id);
  const classNumbers = new Map(classes.map((name, index) => [name, index]));
  const parts = readSplitParts(database, splitId);
  const images = listImages(database, dataset.id).map((image) => ({
    id: image.id,
    // A CSV may name files by absolute paths; those stand for themselves.
    path: resolve(dataset.rootFolder, image.relativePath),
    relativePath: image.relativePath,
    sha256: image.sha256,
    width: image.width,
    height: image.height,
    label: image.label === null ? -1 : classNumbers.get(image.label)!,
    group: image.group,
    part: parts.get(image.id) ?? 'train',
  }));
  return { datasetName: dataset.name, splitName: split.name, classes, images };
}

/** What pretraining may see: the training part, or, in the paper's transductive protocol, everything. */
export function listPretrainParts(protocol: Protocol): readonly SplitName[] {
  return protocol === 'transductive' ? splitNames : ['train'];
}

export function selectPretrainImages(images: readonly RunImage[], protocol: Protocol): RunImage[] {
  const parts = listPretrainParts(protocol);
  return images.filter((image) => parts.includes(image.part));
}
