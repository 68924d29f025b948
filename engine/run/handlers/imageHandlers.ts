// Requests about single images: pages of them, their pictures, and what the model sees.
import type { RunConfig } from '../../contract/config.ts';
import { splitNames } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import { BatchOrder } from '../../data/batchOrder.ts';
import type { Database } from '../../project/database.ts';
import { readDataset } from '../../project/queries/datasets.ts';
import { listPartIds, listStoredFiles, readImagePage } from '../../project/queries/imagePages.ts';
import { readSplit } from '../../project/queries/splits.ts';
import { buildConfig } from '../training/runRequest.ts';
import { projectPixelCache } from '../training/trainingSettings.ts';
import type { HandlersOf } from './handler.ts';

const defaultPageSize = 100;
const defaultPreviewCount = 6;

/**
 * The images at the first positions of the run's first batch, each once; the run's own order, so that draw 0 shows exactly
 * what its first step learns from.
 */
function choosePreviewImages(
  database: Database,
  split: number,
  protocol: 'clean' | 'transductive',
  config: RunConfig,
  count: number,
): number[] {
  readSplit(database, split);
  const ids = listPartIds(database, split, protocol === 'transductive' ? splitNames : ['train']);
  const { batchSize } = config.optimizer;
  const order = new BatchOrder(ids.length, batchSize, config.seed, 'pretrain');
  const wanted = Math.min(count, ids.length);
  const steps = Math.ceil(wanted / batchSize);
  const places = Array.from({ length: steps }, (_, step) => [...order.imagesOfStep(step)]).flat();
  return places.slice(0, wanted).map((place) => ids[place]!);
}

/** The images as they were asked for. Throws request.invalid where one is in no part of the split. */
function assertOfSplit(database: Database, split: number, images: readonly number[]): readonly number[] {
  const known = new Set(listPartIds(database, split, splitNames));
  const stranger = images.find((image) => !known.has(image));
  if (stranger === undefined) return images;
  throw new EngineError('request.invalid', `Image ${stranger} is in no part of split ${split}.`, {
    details: { image: stranger, split },
  });
}

export const imageHandlers: HandlersOf<'image.list' | 'image.render' | 'image.preview'> = {
  'image.list': (payload, call) => {
    const { project, dataset, split, offset = 0, limit = defaultPageSize, ...filter } = payload;
    const { database } = call.openProject(project);
    if (filter.parts !== undefined && split === undefined) {
      throw new EngineError('request.invalid', 'image.list: parts are those of a split; name the split too');
    }
    if (split !== undefined && readSplit(database, split).datasetId !== dataset) {
      throw new EngineError('request.invalid', `Split ${split} does not belong to dataset ${dataset}.`);
    }
    const page = readImagePage(database, { ...filter, datasetId: dataset, splitId: split, offset, limit });
    // An empty page may be one of a dataset that is not there.
    if (page.total === 0) readDataset(database, dataset);
    return { ...page, offset };
  },
  'image.render': ({ project, image, size }, call) => {
    // Also asked for the covers of projects that nobody has opened.
    const [file] = call.peekProject(project, ({ database }) => listStoredFiles(database, [image]));
    if (file) return call.pictures.render(file, size, call.signal);
    throw new EngineError('dataset.notFound', `There is no image ${image} in this project.`, {
      details: { image },
    });
  },
  'image.preview': (payload, call) => {
    const { split, protocol = 'clean', count = defaultPreviewCount, draw = 0 } = payload;
    const project = call.openProject(payload.project);
    const config = buildConfig(payload);
    const ids =
      payload.images === undefined
        ? choosePreviewImages(project.database, split, protocol, config, count)
        : assertOfSplit(project.database, split, payload.images);
    const files = listStoredFiles(project.database, ids);
    const cache = projectPixelCache(project, config.model.imageSize);
    return call.pictures.preview({ config, cache, files, step: draw }, call.signal);
  },
};
