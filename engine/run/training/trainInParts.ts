// A run whose step does not fit into the memory goes on with fewer images at once: the same step, so the run stays the run.
import { imagesAtOnce } from '../../contract/config.ts';
import type { Project } from '../../project/project.ts';
import { insertRunEvent } from '../../project/queries/runEvents.ts';
import { changeRunConfig, readRun } from '../../project/queries/runs.ts';
import { describeParts, smallerPart, withPart } from '../measure/partSizes.ts';
import { isMemoryError } from '../processes/memoryEnd.ts';
import { writeConfigFile } from './createRun.ts';
import type { TrainerMessage } from './runRecorder.ts';

/**
 * Lowers how many images the run computes at once, where memory was what it failed for, and says so in its log. False where
 * something else went wrong, or one image is too much already.
 */
export function trainInParts(
  project: Project,
  runId: number,
  cause: unknown,
  send: (message: TrainerMessage) => void,
): boolean {
  if (!isMemoryError(cause)) return false;
  const { config, step } = readRun(project.database, runId);
  const { batchSize } = config.optimizer;
  const most = smallerPart(batchSize, imagesAtOnce(config.optimizer));
  if (most === null) return false;
  const smaller = withPart(config, most);
  const message = describeParts(batchSize, imagesAtOnce(smaller.optimizer));
  const details = { reason: 'memory', imagesAtOnce: imagesAtOnce(smaller.optimizer) };
  const event = project.database
    .transaction(() => {
      changeRunConfig(project.database, runId, smaller);
      return insertRunEvent(project.database, runId, { step, kind: 'warning', message, details });
    })
    .immediate();
  writeConfigFile(project, runId, smaller);
  send({ kind: 'event', event });
  return true;
}
