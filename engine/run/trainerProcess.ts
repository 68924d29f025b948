// The trainer: a process of its own for one run, `trainer.mjs PROJECT_FOLDER RUN_ID`. Whoever started it may be gone; it
// goes on. Being told to end (SIGTERM, SIGINT) pauses the run.
import { EngineError, serializeError } from '../contract/errors.ts';
import { openProject } from '../project/project.ts';
import { openParentChannel } from './processes/parentChannel.ts';
import { trainRun } from './training/trainRun.ts';

const channel = openParentChannel();

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
    await trainRun(project, Number(id), { send: (message) => channel.post(message), signal: watchSignals() });
  } finally {
    project.close();
  }
}

// Not awaited at the top: a chunk that is loaded later could then wait for this module, and this module for it.
main()
  .catch((cause: unknown) => {
    process.stderr.write(`${JSON.stringify(serializeError(cause))}\n`);
    process.exitCode = 1;
  })
  .finally(() => channel.close());
