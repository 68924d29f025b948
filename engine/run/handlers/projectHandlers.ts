// Requests about projects and their caches.
import type { ProjectInfo } from '../../contract/answers.ts';
import type { CacheInfo } from '../../contract/app.ts';
import { clearPixelCache, measurePixelCache } from '../../data/pixelCache.ts';
import { createProject, renameProject, type Project } from '../../project/project.ts';
import { listDatasets } from '../../project/queries/datasets.ts';
import { listRuns } from '../../project/queries/runs.ts';
import { cacheFolder, readTrainingSettings } from '../training/trainingSettings.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

function describeProject(project: Project): ProjectInfo {
  const { folder, name, readOnly, database } = project;
  return { folder, name, readOnly, datasets: listDatasets(database), runs: listRuns(database) };
}

async function describeCache(project: Project): Promise<CacheInfo> {
  const measured = await measurePixelCache(cacheFolder(project));
  return { ...measured, limitBytes: readTrainingSettings(project).cacheBytes };
}

/** Opens a project and puts it among the recent ones. */
function openForPerson(folder: string, call: HandlerCall): ProjectInfo {
  const project = call.openProject(folder);
  try {
    call.app.rememberProject(project.folder);
  } catch {
    // The list of recent projects is a convenience; where it cannot be written the project opens all the same.
  }
  return describeProject(project);
}

export const projectHandlers: HandlersOf<
  'project.create' | 'project.open' | 'project.show' | 'project.rename' | 'cache.show' | 'cache.clear'
> = {
  'project.create': ({ folder, name }, call) => {
    createProject(folder, name).close();
    return openForPerson(folder, call);
  },
  'project.open': ({ project }, call) => openForPerson(project, call),
  'project.show': ({ project }, call) => describeProject(call.openProject(project)),
  'project.rename': ({ project: folder, name }, call) => {
    const project = call.openProject(folder);
    renameProject(project, name);
    call.emit('project.changed', { what: 'name' });
    return describeProject(project);
  },
  'cache.show': ({ project }, call) => describeCache(call.openProject(project)),
  'cache.clear': async ({ project: folder }, call) => {
    const project = call.openProject(folder);
    await clearPixelCache(cacheFolder(project));
    return describeCache(project);
  },
};
