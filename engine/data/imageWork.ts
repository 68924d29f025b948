// The work of image workers, as a pool and a thread see it.
import { createTaskRunner, type TaskResults, type WorkerSetup, type WorkerTask } from './imageTasks.ts';
import type { WorkKind } from './workKind.ts';

type ImageResult = TaskResults[keyof TaskResults];

export const imageWork: WorkKind<WorkerSetup, WorkerTask, ImageResult> = {
  bundle: 'imageWorker.mjs',
  async createRunner(setup) {
    const runner = await createTaskRunner(setup);
    return (task) => runner.run(task);
  },
  buffersOf: (result) => ('views' in result ? result.views.map((view) => view.buffer) : []),
};
