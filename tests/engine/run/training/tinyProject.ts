// A project with a dozen small images, and a model small enough to train in milliseconds.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { paperConfig, type RunConfig } from '../../../../engine/contract/config.ts';
import { CounterRandom } from '../../../../engine/random/counterRandom.ts';
import { createProject, type Project } from '../../../../engine/project/project.ts';
import { writeSetting } from '../../../../engine/project/queries/settings.ts';
import { createSplit, importDataset } from '../../../../engine/run/importDataset.ts';
import {
  trainingSettingsName,
  type TrainingSettings,
} from '../../../../engine/run/training/trainingSettings.ts';

export const tinyConfig: RunConfig = {
  ...paperConfig,
  model: {
    ...paperConfig.model,
    imageSize: 32,
    embedDim: 32,
    depth: 1,
    numHeads: 2,
    predictorDepth: 1,
  },
  masking: { kind: 'uniform', dropRatio: 0.5 },
  optimizer: { ...paperConfig.optimizer, batchSize: 4, epochs: 12, warmupEpochs: 2 },
  monitor: { everyEpochs: 4, maxImages: 12, knnNeighbours: 3 },
};

/** tinyConfig for another number of epochs. */
export function tinyConfigFor(epochs: number, change: Partial<RunConfig['optimizer']> = {}): RunConfig {
  return {
    ...tinyConfig,
    optimizer: { ...tinyConfig.optimizer, epochs, warmupEpochs: epochs / 10, ...change },
  };
}

/** A noisy square, bright or dark. */
export async function writeImage(path: string, seed: number, isBright: boolean): Promise<void> {
  const side = 40;
  const random = new CounterRandom(seed, 'test image');
  const pixels = Uint8Array.from(
    { length: side * side * 3 },
    () => random.nextInteger(120) + (isBright ? 100 : 20),
  );
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

export interface TinyProject {
  readonly project: Project;
  readonly datasetId: number;
  readonly splitId: number;
  remove(): void;
}

/** Twelve images of two classes, imported and split the way a person's would be. */
export async function createTinyProject(settings: Partial<TrainingSettings> = {}): Promise<TinyProject> {
  const root = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  const imageFolder = join(root, 'images');
  for (const [index, name] of ['bright', 'dark'].entries()) {
    mkdirSync(join(imageFolder, name), { recursive: true });
    for (let i = 0; i < 6; i++)
      await writeImage(join(imageFolder, name, `${i}.png`), 10 * index + i, index === 0);
  }
  const project = createProject(join(root, 'project'), 'test');
  // More threads than a step this small can use would only wait for each other.
  writeSetting(project.database, trainingSettingsName, { threads: 1, ...settings });
  const { dataset } = await importDataset(project, { path: imageFolder, workers: 0 });
  const { split } = await createSplit(project, {
    datasetId: dataset.id,
    seed: 1,
    ratios: { train: 8, validation: 2, test: 2 },
  });
  return {
    project,
    datasetId: dataset.id,
    splitId: split.id,
    remove: () => {
      project.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
