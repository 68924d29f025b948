// One engine, any number of clients on any transport. The messages are in contract/wire.ts; transports bring a Port each.
import { randomUUID } from 'node:crypto';
import { version } from '../../package.json' with { type: 'json' };
import { wireVersion } from '../contract/wire.ts';
import type { Broadcast, Engine } from '../run/engine.ts';
import { Connection, eventMessage } from './connection.ts';
import type { Port } from './port.ts';

/** What the host asks of an engine. */
export type HostedEngine = Pick<Engine, 'request' | 'close'>;

/**
 * Connects clients to an engine. A client's requests end with its connection: nobody could take their answers any more.
 * Runs are no requests: what was put into the queue trains on.
 */
export class EngineHost<Hosted extends HostedEngine = Engine> {
  /** For what a front door asks outside any connection, e.g. whether something trains. */
  readonly engine: Hosted;
  readonly #id = randomUUID();
  readonly #connections = new Set<Connection>();

  /** @param createEngine makes the engine, given where it says what it says unasked. */
  constructor(createEngine: (broadcast: Broadcast) => Hosted) {
    this.engine = createEngine((project, name, event) => {
      const message = eventMessage(null, project, name, event);
      for (const connection of this.#connections) connection.post(message);
    });
  }

  /** Serves a client until its port closes. */
  connect(port: Port): void {
    const connection = new Connection(this.engine, port);
    this.#connections.add(connection);
    port.onClose(() => {
      this.#connections.delete(connection);
      connection.close();
    });
    port.onMessage((message) => connection.receive(message));
    connection.post({ kind: 'hello', wire: wireVersion, version, engine: this.#id });
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Ends every connection's requests and the engine. Runs in their own processes go on. */
  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    this.engine.close();
  }
}
