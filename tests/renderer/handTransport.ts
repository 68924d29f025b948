// An engine in the test's hands: a client that is connected to it, and answers by the request's name.
import { flushSync } from 'svelte';
import type { RequestName } from '../../engine/contract/requests.ts';
import { wireVersion, type ClientMessage, type EngineMessage } from '../../engine/contract/wire.ts';
import { EngineClient } from '../../renderer/bridge/engineClient.svelte.ts';
import type { ConnectionState, Transport } from '../../renderer/bridge/transport.ts';

export class HandTransport implements Transport {
  readonly sent: ClientMessage[] = [];
  deliver: (message: EngineMessage) => void = () => undefined;
  become: (state: ConnectionState) => void = () => undefined;

  send(message: ClientMessage): void {
    this.sent.push(message);
  }
  onMessage(listener: (message: EngineMessage) => void): void {
    this.deliver = listener;
  }
  onState(listener: (state: ConnectionState) => void): void {
    this.become = listener;
  }
  imageUrl(project: string, image: number, size: number): string {
    return `${project}#${image}@${size}`;
  }

  /** The newest unanswered request of that name. Throws where there is none. */
  find(name: RequestName): Extract<ClientMessage, { kind: 'request' }> {
    const found = this.sent.findLast((message) => message.kind === 'request' && message.name === name);
    if (found?.kind !== 'request') throw new Error(`${name} was not asked`);
    return found;
  }

  /** Answers the newest request of that name, and lets whoever waits for it go on. */
  async answer(name: RequestName, result: unknown): Promise<void> {
    this.deliver({ kind: 'result', id: this.find(name).id, result: result as never });
    await settle();
  }

  async fail(name: RequestName, code: string, message = ''): Promise<void> {
    const error = { code, message, details: {} } as never;
    this.deliver({ kind: 'error', id: this.find(name).id, error });
    await settle();
  }

  /** Says something about the newest request of that name. */
  tell(name: RequestName, event: string, content: unknown): void {
    const { id } = this.find(name);
    this.deliver({ kind: 'event', id, project: null, name: event, event: content } as never);
    flushSync();
  }
}

/** Lets promises that are settled reach those who wait for them. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  flushSync();
}

export function connect(state: ConnectionState = 'open'): { transport: HandTransport; client: EngineClient } {
  const transport = new HandTransport();
  const client = new EngineClient(transport);
  transport.become(state);
  return { transport, client };
}

export const hello = (engine: string) =>
  ({ kind: 'hello', wire: wireVersion, version: '1', engine }) as const;
