// A process that works on a device for another one: takes orders from its parent, and says what came of them. It may hang or
// crash with its driver; whoever gave the order notices.
import type { TaskProgress } from '../../contract/contract.ts';
import { serializeError } from '../../contract/errors.ts';
import { openParentChannel } from '../processes/parentChannel.ts';
import type { DeviceReply } from './deviceMessages.ts';

/** Answers one order, and ends. */
export function serveOrders<Order>(
  work: (order: Order, onProgress: (progress: TaskProgress) => void) => Promise<unknown>,
): void {
  const channel = openParentChannel();
  const post = (reply: DeviceReply<unknown>) => channel.post(reply);
  channel.onMessage((message) => {
    work(message as Order, (progress) => post({ kind: 'progress', progress }))
      .then((result) => post({ kind: 'result', result }))
      .catch((cause: unknown) => post({ kind: 'error', error: serializeError(cause) }))
      .finally(() => channel.close());
  });
  channel.onClose(() => process.exit());
}
