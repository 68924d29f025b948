// The trainer: a process of its own for one run, `trainer.mjs PROJECT_FOLDER RUN_ID`. Whoever started it may be gone; it
// goes on. Being told to end (SIGTERM, SIGINT) pauses the run.
import { EngineError, serializeError } from '../contract/errors.ts';
import { openProject } from '../project/project.ts';
import type { TrainerMessage } from './training/runRecorder.ts';
import { trainRun } from './training/trainRun.ts';

/** Sends to the parent while there is one; its going away is no concern of the run. */
function sendToParent(message: TrainerMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

async function main(): Promise<void> {
  const [folder, id] = process.argv.slice(2);
  if (folder === undefined || !Number.isInteger(Number(id))) {
    throw new EngineError('request.invalid', 'usage: trainer PROJECT_FOLDER RUN_ID');
  }
  const project = openProject(folder);
  try {
    await trainRun(project, Number(id), { send: sendToParent, signal: watchSignals() });
  } finally {
    project.close();
  }
}

process.on('error', () => undefined);
// Not awaited at the top: a chunk that is loaded later could then wait for this module, and this module for it.
main().then(
  () => {
    // Messages still on their way to the parent are written before the channel closes.
    if (process.connected) process.disconnect();
  },
  (cause: unknown) => {
    process.stderr.write(`${JSON.stringify(serializeError(cause))}\n`);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  },
);
