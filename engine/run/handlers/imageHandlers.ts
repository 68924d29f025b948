// Requests about single images: pages of them, their pictures, and what the model sees.
import { EngineError } from '../../contract/errors.ts';
import { readDataset } from '../../project/queries/datasets.ts';
import { readImagePage } from '../../project/queries/imagePages.ts';
import { readSplit } from '../../project/queries/splits.ts';
import type { HandlersOf } from './handler.ts';

const defaultPageSize = 100;

export const imageHandlers: HandlersOf<'image.list'> = {
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
};
