// The task: a process of its own for one long request, with an engine of its own. Being told to cancel gives up at the next
// piece of work; whoever started it may also end it at any moment.
import { serializeError } from '../contract/errors.ts';
import { Engine } from './engine.ts';
import { openParentChannel } from './processes/parentChannel.ts';
import type { TaskOrder, TaskReply } from './tasks/taskMessages.ts';

const channel = openParentChannel();
const abort = new AbortController();
const post = (reply: TaskReply) => channel.post(reply);

/** What a killed process left in the system's folder would stay there; its own folder goes with it. */
function useTemporaryFolder(folder: string): void {
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
}

async function work({
  name,
  payload,
  dataFolder,
  temporaryFolder,
}: Extract<TaskOrder, { kind: 'start' }>): Promise<void> {
  useTemporaryFolder(temporaryFolder);
  const engine = new Engine({ dataFolder, isDeviceChosen: true });
  try {
    const result = await engine.request(name, payload, {
      signal: abort.signal,
      emit: (eventName, event) => post({ kind: 'event', name: eventName, event }),
    });
    post({ kind: 'result', result });
  } catch (cause) {
    post({ kind: 'error', error: serializeError(cause) });
  } finally {
    engine.close();
    channel.close();
  }
}

channel.onMessage((message) => {
  const order = message as TaskOrder;
  if (order.kind === 'cancel') abort.abort();
  else void work(order);
});
// Nobody is left to take the result. What it writes is whole or not there, so it may end wherever it is. When this
// process has closed the line itself, it is done anyway.
channel.onClose(() => process.exit());
