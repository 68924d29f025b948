// Requests about datasets and splits.
import type { DatasetDetails, SplitInfo } from '../../contract/answers.ts';
import { isFolderThere } from '../../data/folderThere.ts';
import { inspectSource } from '../../data/inspectSource.ts';
import type { Project } from '../../project/project.ts';
import {
  countClasses,
  deleteDataset,
  listDatasets,
  listSetAside,
  readDataset,
  renameDataset,
} from '../../project/queries/datasets.ts';
import { readMakeup } from '../../project/queries/datasetMakeup.ts';
import { listSplits, type SplitRow } from '../../project/queries/splits.ts';
import { findDatasetDuplicates } from '../datasetDuplicates.ts';
import { createSplit, importDataset, listSplitLeaks, planSplit } from '../importDataset.ts';
import { relinkMovedDataset } from '../relinkDataset.ts';
import type { HandlersOf } from './handler.ts';

const defaultSplitSeed = 47;

function describeSplit({ summary, manifestHash: _manifestHash, ...split }: SplitRow): SplitInfo {
  return { ...split, ...summary };
}

async function describeDataset(project: Project, datasetId: number): Promise<DatasetDetails> {
  const { database } = project;
  const dataset = readDataset(database, datasetId);
  const rootMissing = !(await isFolderThere(dataset.rootFolder));
  return {
    ...dataset,
    rootMissing,
    classes: countClasses(database, datasetId),
    quarantined: listSetAside(database, datasetId, 'quarantined'),
    ignored: listSetAside(database, datasetId, 'ignored'),
    splits: listSplits(database, datasetId).map(describeSplit),
    makeup: readMakeup(database, datasetId),
  };
}

export const datasetHandlers: HandlersOf<
  | 'dataset.import'
  | 'dataset.list'
  | 'dataset.show'
  | 'dataset.rename'
  | 'dataset.remove'
  | 'dataset.relink'
  | 'dataset.duplicates'
  | 'source.inspect'
  | 'split.create'
  | 'split.plan'
  | 'split.list'
  | 'split.leaks'
> = {
  'source.inspect': ({ path }) => inspectSource(path),
  'dataset.import': async ({ project: folder, path, name, columns }, call) => {
    const project = call.openProject(folder);
    const { dataset } = await importDataset(project, {
      path,
      name,
      columns,
      signal: call.signal,
      onProgress: (progress) => call.emit('import.progress', progress),
    });
    call.emit('project.changed', { what: 'datasets' });
    return describeDataset(project, dataset.id);
  },
  'dataset.list': ({ project }, call) => listDatasets(call.openProject(project).database),
  'dataset.show': ({ project, dataset }, call) => describeDataset(call.openProject(project), dataset),
  'dataset.rename': ({ project: folder, dataset, name }, call) => {
    const { database } = call.openProject(folder);
    renameDataset(database, dataset, name);
    call.emit('project.changed', { what: 'datasets' });
    return readDataset(database, dataset);
  },
  'dataset.remove': ({ project: folder, dataset }, call) => {
    const { database } = call.openProject(folder);
    deleteDataset(database, dataset);
    call.emit('project.changed', { what: 'datasets' });
    return listDatasets(database);
  },
  'dataset.relink': async ({ project, dataset, folder }, call) => {
    const relinked = await relinkMovedDataset(call.openProject(project), dataset, folder, {
      onProgress: (progress) => call.emit('import.progress', progress),
      signal: call.signal,
    });
    call.emit('project.changed', { what: 'datasets' });
    return relinked;
  },
  'dataset.duplicates': ({ project, dataset }, call) =>
    findDatasetDuplicates(call.openProject(project), dataset),
  'split.create': async ({ project: folder, dataset, seed = defaultSplitSeed, ...request }, call) => {
    const project = call.openProject(folder);
    const { split, leaks } = await createSplit(project, { ...request, datasetId: dataset, seed });
    call.emit('project.changed', { what: 'splits' });
    return { split: describeSplit(split), leaks };
  },
  'split.plan': async ({ project: folder, dataset, seed = defaultSplitSeed, ...request }, call) => {
    const { assignment, settings, leaks } = await planSplit(call.openProject(folder), {
      ...request,
      datasetId: dataset,
      seed,
    });
    const { splits: _, ...plan } = assignment;
    return { ...plan, settings, leakCount: leaks.length };
  },
  'split.list': ({ project, dataset }, call) =>
    listSplits(call.openProject(project).database, dataset).map(describeSplit),
  'split.leaks': ({ project, split }, call) => listSplitLeaks(call.openProject(project), split),
};
