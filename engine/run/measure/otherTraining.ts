// Whether a run trains on this machine: what is timed meanwhile is slower than it would be alone, and must say so.
import type { ProjectLook } from '../../project/peekProject.ts';
import type { HandlerCall } from '../handlers/handler.ts';
import { isProjectTraining } from '../training/runLock.ts';

/** Whether a run of the project trains. */
export function isTraining(look: ProjectLook): boolean {
  try {
    return isProjectTraining(look);
  } catch {
    // In a folder that can only be read nothing trains.
    return false;
  }
}

/** Whether a run of one of these projects trains; one that is gone trains nothing. */
export function isAnyTraining(
  projects: readonly { readonly folder: string }[],
  peek: HandlerCall['peekProject'],
): boolean {
  return projects.some(({ folder }) => {
    try {
      return peek(folder, isTraining);
    } catch {
      return false;
    }
  });
}

/** Whether a run trains on this machine: in this project, or in any that the app remembers. */
export function isAnyRunTraining(call: HandlerCall, project?: ProjectLook): boolean {
  if (project && isTraining(project)) return true;
  return isAnyTraining(call.app.listRecents(), (folder, read) => call.peekProject(folder, read));
}

/** Does work whose timing counts, and tells whether a run trained when it began or ended. */
export async function watchingForTraining<T>(
  call: HandlerCall,
  project: ProjectLook | undefined,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly besideTraining: boolean }> {
  const before = isAnyRunTraining(call, project);
  const result = await work();
  return { result, besideTraining: before || isAnyRunTraining(call, project) };
}
