// Requests about projects and devices.
import type { ProjectInfo } from '../../contract/answers.ts';
import { createProject, type Project } from '../../project/project.ts';
import { listDatasets } from '../../project/queries/datasets.ts';
import { listRuns } from '../../project/queries/runs.ts';
import { listExecutors } from '../../runtime/executors.ts';
import type { HandlersOf } from './handler.ts';

function describeProject(project: Project): ProjectInfo {
  const { folder, name, readOnly, database } = project;
  return { folder, name, readOnly, datasets: listDatasets(database), runs: listRuns(database) };
}

export const projectHandlers: HandlersOf<'project.create' | 'project.show' | 'device.list'> = {
  'project.create': ({ folder, name }, call) => {
    createProject(folder, name).close();
    return describeProject(call.openProject(folder));
  },
  'project.show': ({ project }, call) => describeProject(call.openProject(project)),
  'device.list': async () =>
    (await listExecutors()).map(({ id, label, available, reason }) => ({
      id,
      label,
      available,
      reason: reason ?? null,
    })),
};
