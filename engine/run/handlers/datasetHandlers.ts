// Requests about datasets and splits.
import type { DatasetDetails, NamedLeak, SplitInfo } from '../../contract/answers.ts';
import type { Leak } from '../../contract/dataset.ts';
import type { Project } from '../../project/project.ts';
import {
  listClasses,
  listDatasets,
  listImages,
  listSetAside,
  readDataset,
} from '../../project/queries/datasets.ts';
import { readMakeup } from '../../project/queries/datasetMakeup.ts';
import { listSplits, readSplit, type SplitRow } from '../../project/queries/splits.ts';
import { createSplit, importDataset, listSplitLeaks } from '../importDataset.ts';
import { relinkMovedDataset } from '../relinkDataset.ts';
import type { HandlersOf } from './handler.ts';

function describeSplit({ summary, manifestHash: _manifestHash, ...split }: SplitRow): SplitInfo {
  return { ...split, ...summary };
}

function describeDataset(project: Project, datasetId: number): DatasetDetails {
  const { database } = project;
  const counts = new Map(listClasses(database, datasetId).map((name) => [name, 0]));
  for (const { label } of listImages(database, datasetId)) {
    if (label !== null) counts.set(label, counts.get(label)! + 1);
  }
  return {
    ...readDataset(database, datasetId),
    classes: [...counts].map(([name, images]) => ({ name, images })),
    quarantined: listSetAside(database, datasetId, 'quarantined'),
    ignored: listSetAside(database, datasetId, 'ignored'),
    splits: listSplits(database, datasetId).map(describeSplit),
    makeup: readMakeup(database, datasetId),
  };
}

function nameLeaks(project: Project, datasetId: number, leaks: readonly Leak[]): NamedLeak[] {
  const images = listImages(project.database, datasetId);
  return leaks.map((leak) => ({
    ...leak,
    image: images[leak.image]!.relativePath,
    twin: images[leak.twin]!.relativePath,
    imageId: images[leak.image]!.id,
    twinId: images[leak.twin]!.id,
    imageLabel: images[leak.image]!.label,
    twinLabel: images[leak.twin]!.label,
  }));
}

export const datasetHandlers: HandlersOf<
  | 'dataset.import'
  | 'dataset.list'
  | 'dataset.show'
  | 'dataset.relink'
  | 'split.create'
  | 'split.list'
  | 'split.leaks'
> = {
  'dataset.import': async ({ project: folder, path, name }, call) => {
    const project = call.openProject(folder);
    const { dataset } = await importDataset(project, {
      path,
      name,
      signal: call.signal,
      onProgress: (progress) => call.emit('import.progress', progress),
    });
    return describeDataset(project, dataset.id);
  },
  'dataset.list': ({ project }, call) => listDatasets(call.openProject(project).database),
  'dataset.show': ({ project, dataset }, call) => describeDataset(call.openProject(project), dataset),
  'dataset.relink': ({ project, dataset, folder }, call) =>
    relinkMovedDataset(call.openProject(project), dataset, folder, {
      onProgress: (progress) => call.emit('import.progress', progress),
      signal: call.signal,
    }),
  'split.create': async ({ project: folder, dataset, seed = 47, ...request }, call) => {
    const project = call.openProject(folder);
    const { split, leaks } = await createSplit(project, { ...request, datasetId: dataset, seed });
    return { split: describeSplit(split), leaks: nameLeaks(project, dataset, leaks) };
  },
  'split.list': ({ project, dataset }, call) =>
    listSplits(call.openProject(project).database, dataset).map(describeSplit),
  'split.leaks': async ({ project: folder, split }, call) => {
    const project = call.openProject(folder);
    const { datasetId } = readSplit(project.database, split);
    return nameLeaks(project, datasetId, await listSplitLeaks(project, split));
  },
};
