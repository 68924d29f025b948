import { afterEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { requestNames } from '../../../engine/contract/requests.ts';
import type { EngineMessage } from '../../../engine/contract/wire.ts';
import { mostRequests } from '../../../engine/host/connection.ts';
import { EngineHost, type HostedEngine } from '../../../engine/host/engineHost.ts';
import { createPortPair } from '../../../engine/host/port.ts';
import type { Broadcast, RequestOptions } from '../../../engine/run/engine.ts';

type Handle = (name: string, payload: unknown, options: RequestOptions) => Promise<unknown>;

let host: EngineHost<HostedEngine>;
let broadcast: Broadcast;
afterEach(() => host?.close());

/** A host around an engine that answers as the test says. */
function createHost(handle: Handle): void {
  host = new EngineHost((say) => {
    broadcast = say;
    const request = (name: string, payload: unknown, options: RequestOptions = {}) =>
      handle(name, payload, options);
    return { request: request as HostedEngine['request'], close: () => undefined };
  });
}

function connect() {
  const { enginePort, clientPort } = createPortPair();
  const received: EngineMessage[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  clientPort.onMessage((message) => {
    received.push(message);
    for (const { count, resolve } of waiting) if (received.length >= count) resolve();
  });
  host.connect(enginePort);
  const until = (count: number) =>
    received.length >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { ...clientPort, received, until };
}

const request = (id: number, name = 'home.show', payload: unknown = {}) => ({
  kind: 'request',
  id,
  name,
  payload,
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('a connection', () => {
  test('says hello first, with the wire version and an identity that all its connections share', async () => {
    createHost(async () => 'answer');
    const [first, second] = [connect(), connect()];
    await Promise.all([first.until(1), second.until(1)]);
    expect(first.received[0]).toMatchObject({ kind: 'hello', wire: 1 });
    expect(second.received[0]).toEqual(first.received[0]);
  });

  test('answers every request under its id, in whatever order the engine is done', async () => {
    const answers = new Map<number, () => void>();
    createHost(
      (_name, payload) =>
        new Promise((resolve, reject) => {
          const { order } = payload as { order: number };
          const refusal = new EngineError('run.notFound', 'no such run', { details: { runId: 4 } });
          answers.set(order, () => (order === 2 ? reject(refusal) : resolve(order)));
        }),
    );
    const client = connect();
    for (const order of [1, 2, 3]) client.post(request(order, 'run.show', { order }));
    while (answers.size < 3) await turn();
    for (const order of [3, 2, 1]) {
      answers.get(order)!();
      await client.until(5 - order);
    }
    await client.until(4);
    expect(client.received.slice(1)).toEqual([
      { kind: 'result', id: 3, result: 3 },
      {
        kind: 'error',
        id: 2,
        error: { code: 'run.notFound', message: 'no such run', details: { runId: 4 } },
      },
      { kind: 'result', id: 1, result: 1 },
    ]);
  });

  test('sends a request its events under its id, and none once it is answered', async () => {
    createHost(async (_name, _payload, { emit }) => {
      emit?.('task.progress', { step: 'early', share: 0.5 });
      setTimeout(() => emit?.('task.progress', { step: 'late', share: 1 }), 2);
      return null;
    });
    const [asking, other] = [connect(), connect()];
    asking.post(request(1, 'run.show', { project: '/p' }));
    await asking.until(3);
    await turn();
    expect(asking.received.slice(1)).toEqual([
      {
        kind: 'event',
        id: 1,
        project: '/p',
        name: 'task.progress',
        event: { step: 'early', share: 0.5 },
      },
      { kind: 'result', id: 1, result: null },
    ]);
    expect(other.received).toHaveLength(1);
  });

  test('cancels what is asked to be cancelled, and what a client leaves behind', async () => {
    const cancelled: unknown[] = [];
    createHost(
      (_name, payload, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            cancelled.push(payload);
            reject(new EngineError('cancelled', 'given up'));
          });
        }),
    );
    const client = connect();
    client.post(request(1, 'run.show', { a: 1 }));
    client.post(request(2, 'run.show', { a: 2 }));
    client.post({ kind: 'cancel', id: 1 });
    client.post({ kind: 'cancel', id: 99 });
    await client.until(2);
    expect(client.received[1]).toMatchObject({ kind: 'error', id: 1, error: { code: 'cancelled' } });
    client.close();
    await turn();
    expect(cancelled).toEqual([{ a: 1 }, { a: 2 }]);
    expect(host.connectionCount).toBe(0);
    expect(client.received).toHaveLength(2);
  });

  test('hears what the engine says unasked, as every other does', async () => {
    createHost(async () => null);
    const clients = [connect(), connect(), connect()];
    broadcast('/p', 'project.changed', { what: 'runs' });
    await Promise.all(clients.map((client) => client.until(2)));
    for (const { received } of clients) {
      expect(received[1]).toEqual({
        kind: 'event',
        id: null,
        project: '/p',
        name: 'project.changed',
        event: { what: 'runs' },
      });
    }
  });

  test('refuses ids that do not rise, without disturbing the request that has the id', async () => {
    const calls: number[] = [];
    createHost(async () => {
      await turn();
      return calls.push(1);
    });
    const client = connect();
    for (const id of [5, 5, 3, 0, -1, 1.5, Number.NaN]) client.post(request(id));
    await client.until(8);
    const answers = client.received.slice(1);
    expect(answers.filter(({ kind }) => kind === 'result')).toEqual([{ kind: 'result', id: 5, result: 1 }]);
    expect(answers.filter((answer) => answer.kind === 'error' && answer.id === null)).toHaveLength(6);
  });

  test('refuses more requests than it lets be under way, and serves again after answers', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    createHost(() => gate);
    const client = connect();
    for (let id = 1; id <= mostRequests + 10; id++) client.post(request(id));
    await client.until(11);
    const refused = client.received.slice(1).map((message) => message.kind === 'error' && message.id);
    expect(refused).toEqual(Array.from({ length: 10 }, (_, index) => mostRequests + index + 1));
    release();
    await client.until(11 + mostRequests);
    client.post(request(mostRequests + 11));
    await client.until(12 + mostRequests);
    expect(client.received.at(-1)).toMatchObject({ kind: 'result', id: mostRequests + 11 });
  });

  test('says so where an answer cannot be sent', async () => {
    createHost(async () => () => undefined);
    const client = connect();
    client.post(request(1));
    await client.until(2);
    expect(client.received[1]).toMatchObject({ kind: 'error', id: 1, error: { code: 'internal' } });
  });

  test('takes every name of the contract', async () => {
    createHost(async (name) => name);
    const client = connect();
    requestNames.forEach((name, index) => client.post(request(index + 1, name)));
    await client.until(1 + requestNames.length);
    expect(client.received.slice(1).map((message) => message.kind === 'result' && message.result)).toEqual(
      requestNames,
    );
  });
});
