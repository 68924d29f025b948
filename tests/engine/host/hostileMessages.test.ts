// 100,000 malformed, hostile and out-of-order messages: none may crash the host, reach a handler unchecked, or stay without
// the answer that the rules promise.
import { afterEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { parseRequest, requestNames, type RequestName } from '../../../engine/contract/requests.ts';
import type { EngineMessage } from '../../../engine/contract/wire.ts';
import { mostRequests } from '../../../engine/host/connection.ts';
import { EngineHost, type HostedEngine } from '../../../engine/host/engineHost.ts';
import { messageLimits } from '../../../engine/host/plainData.ts';
import { CounterRandom } from '../../../engine/random/counterRandom.ts';

const messageCount = 100_000;

let host: EngineHost<HostedEngine> | undefined;
afterEach(() => host?.close());

/** Counts what reaches handlers, having passed the engine's own door. */
function createEngine(): { engine: HostedEngine; handled: Map<string, number> } {
  const handled = new Map<string, number>();
  const request = async (name: string, payload: unknown) => {
    const checked: unknown = parseRequest(name as RequestName, payload);
    handled.set(name, (handled.get(name) ?? 0) + 1);
    // A handler sees nothing but what the schema lets through.
    parseRequest(name as RequestName, checked);
    if (handled.get(name)! % 3 === 0) throw new EngineError('run.state', 'no');
    if (handled.get(name)! % 7 === 0) throw new TypeError('a defect');
    return name;
  };
  return { engine: { request: request as HostedEngine['request'], close: () => undefined }, handled };
}

/** A client that calls the host directly, so that even what no transport could carry is tried. */
function connect(connected: EngineHost<HostedEngine>) {
  const received: EngineMessage[] = [];
  let send: (message: unknown) => void = () => undefined;
  let close: () => void = () => undefined;
  connected.connect({
    post: (message) => void received.push(message),
    onMessage: (listener) => (send = listener),
    onClose: (listener) => (close = listener),
  });
  received.length = 0;
  return { received, send: (message: unknown) => send(message), close: () => close() };
}

const cyclic: Record<string, unknown> = { kind: 'request' };
cyclic['self'] = cyclic;
const cyclicList: unknown[] = [];
cyclicList.push({ list: cyclicList });
const deep = Array.from({ length: 2_000 }).reduce<unknown>((inner) => [inner], 0);
const wide = Array.from({ length: messageLimits.values + 1 }, () => 0);
const polluting: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}');
const throwing = Object.defineProperty({}, 'kind', {
  enumerable: true,
  get: () => {
    throw new Error('a trap');
  },
});
const trap = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('a trap');
    },
  },
);
const strangeNumbers = [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1, 10n];
const strangeTexts = [
  '',
  'run.list',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '../../etc/passwd',
  '\ud800',
];
const strangeObjects = [[], {}, [[[]]], new Date(0), new Map([[1, 2]]), new Set([1]), /x/, new Error('e')];
const strangeBytes = [
  new Uint8Array(8),
  new ArrayBuffer(8),
  Symbol('s'),
  () => 1,
  Object.create(null) as object,
];
const strangeFields: readonly object[] = [
  { length: -1 },
  { toJSON: 1 },
  { project: { toString: 1 } },
  { valueOf: null },
];
const huge = ['x'.repeat(200_000), 'y'.repeat(messageLimits.characters + 1), deep, wide];
const hostileValues: readonly unknown[] = [
  undefined,
  null,
  true,
  cyclic,
  cyclicList,
  polluting,
  throwing,
  trap,
  huge,
  ...huge,
  ...strangeNumbers,
  ...strangeTexts,
  ...strangeObjects,
  ...strangeBytes,
  ...strangeFields,
];

class MessageMaker {
  readonly #random: CounterRandom;
  /** The largest id that was sent so far. */
  lastId = 0;

  constructor(seed: number) {
    this.#random = new CounterRandom(seed, 'hostile messages');
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.nextInteger(from.length)]!;
  }

  #value(depth = 0): unknown {
    const kind = this.#random.nextInteger(depth > 3 ? 2 : 4);
    if (kind === 0) return this.#pick(hostileValues);
    if (kind === 1) return this.#pick(['/p', 'a', 1, 2, 3, true, 'ridge', 'clean', 0.5]);
    const count = this.#random.nextInteger(4);
    if (kind === 2) return Array.from({ length: count }, () => this.#value(depth + 1));
    const keys = [
      'project',
      'run',
      'runs',
      'split',
      'settings',
      '__proto__',
      'constructor',
      'path',
      'file',
      'names',
    ];
    return Object.fromEntries(
      Array.from({ length: count }, () => [this.#pick(keys), this.#value(depth + 1)]),
    );
  }

  #payload(): unknown {
    const fields = { project: '/p', run: 1, dataset: 1, split: 1, path: '/x', folder: '/x', file: '/f' };
    const names = Object.keys(fields) as (keyof typeof fields)[];
    const chosen = names
      .filter(() => this.#random.nextInteger(3) > 0)
      .map((name) => [name, fields[name]] as const);
    const payload: Record<string, unknown> = Object.fromEntries(chosen);
    if (this.#random.nextInteger(2) === 0)
      payload[this.#pick(['run', 'settings', 'x', 'names'])] = this.#value();
    return payload;
  }

  #id(): unknown {
    const kind = this.#random.nextInteger(10);
    if (kind < 6) return ++this.lastId;
    if (kind === 6) return (this.lastId += this.#random.nextInteger(50));
    if (kind === 7) return this.#random.nextInteger(this.lastId + 1);
    return this.#pick(hostileValues);
  }

  make(): unknown {
    switch (this.#random.nextInteger(9)) {
      case 0:
        return this.#pick(hostileValues);
      case 1:
        return this.#value();
      case 2:
        return { kind: 'cancel', id: this.#id() };
      case 3:
        return { kind: 'request', id: this.#id(), name: this.#value(), payload: this.#payload() };
      case 4:
        return { kind: this.#value(), id: this.#id(), name: this.#pick(requestNames), payload: {} };
      case 5:
        return {
          kind: 'request',
          id: this.#id(),
          name: this.#pick(requestNames),
          payload: {},
          more: this.#value(),
        };
      case 6:
        return { kind: 'request', id: ++this.lastId, name: 'run.show', payload: { project: '/p', run: 1 } };
      case 7:
        return { kind: 'request', id: this.#id(), name: this.#pick(requestNames) };
      default:
        return { kind: 'request', id: this.#id(), name: this.#pick(requestNames), payload: this.#payload() };
    }
  }
}

describe('hostile clients', () => {
  test(
    `${messageCount} malformed messages: at most one answer each, none unchecked, nothing left over`,
    { timeout: 180_000 },
    async () => {
      const { engine, handled } = createEngine();
      host = new EngineHost(() => engine);
      const uncaught: unknown[] = [];
      const listen = (cause: unknown) => uncaught.push(cause);
      process.on('unhandledRejection', listen);
      const clients = Array.from({ length: 10 }, (_, seed) => ({
        ...connect(host!),
        maker: new MessageMaker(seed),
      }));
      let sent = 0;
      for (let round = 0; sent < messageCount; round++) {
        for (const client of clients) {
          for (let burst = 0; burst < 100; burst++, sent++) client.send(client.maker.make());
        }
        // The engine gets its turn, as it does between messages of a real transport.
        await new Promise(setImmediate);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.off('unhandledRejection', listen);
      expect(uncaught).toEqual([]);
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
      const answers = clients.flatMap(({ received }) => received);
      expect(answers.length).toBeLessThanOrEqual(sent);
      // Only cancelling says nothing by itself: about an eighth of the messages.
      expect(answers.length).toBeGreaterThan(0.8 * sent);
      for (const { received } of clients) {
        const ids = received.flatMap((answer) => ('id' in answer && answer.id !== null ? [answer.id] : []));
        expect(new Set(ids).size).toBe(ids.length);
      }
      const errors = answers.filter((answer) => answer.kind === 'error');
      expect(Math.max(...errors.map(({ error }) => JSON.stringify(error).length))).toBeLessThan(60_000);
      expect(errors.every(({ error }) => error.message.length > 0)).toBe(true);
      const results = answers.filter(({ kind }) => kind === 'result').length;
      const total = [...handled.values()].reduce((sum, count) => sum + count, 0);
      expect(results).toBeGreaterThan(500);
      expect(total).toBeGreaterThan(results);
      // Every connection still serves.
      for (const { send, received, maker } of clients) {
        const id = maker.lastId + 1_000;
        send({ kind: 'request', id, name: 'settings.show', payload: {} });
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(received.at(-1)).toMatchObject({ id });
      }
    },
  );

  test('a flood of requests and dropped connections leaves nothing behind', async () => {
    let underWay = 0;
    const request = (_name: string, _payload: unknown, { signal }: { signal: AbortSignal }) => {
      underWay++;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          underWay--;
          reject(new EngineError('cancelled', 'given up'));
        }),
      );
    };
    host = new EngineHost(() => ({ request: request as HostedEngine['request'], close: () => undefined }));
    for (let connection = 0; connection < 50; connection++) {
      const { send, close, received } = connect(host);
      for (let id = 1; id <= 2 * mostRequests; id++)
        send({ kind: 'request', id, name: 'run.list', payload: {} });
      expect(received).toHaveLength(mostRequests);
      expect(underWay).toBe(mostRequests);
      close();
      send({ kind: 'request', id: 10_000, name: 'run.list', payload: {} });
      await new Promise(setImmediate);
      expect(underWay).toBe(0);
      expect(received).toHaveLength(mostRequests);
    }
    expect(host.connectionCount).toBe(0);
  });
});
