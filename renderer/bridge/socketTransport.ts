// The engine over a WebSocket on the same origin, for the browser. Comes back by itself after a loss.
import { decode, encode } from '@msgpack/msgpack';
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';
import { imageQuery, type ConnectionState, type Transport } from './transport.ts';

const firstRetryMs = 250;
const longestRetryMs = 5_000;

export class SocketTransport implements Transport {
  readonly #url: string;
  #socket: WebSocket | null = null;
  #retryMs = firstRetryMs;
  #onMessage: (message: EngineMessage) => void = () => undefined;
  #onState: (state: ConnectionState) => void = () => undefined;

  constructor(url: string) {
    this.#url = url;
    this.#connect();
  }

  send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(encode(message, { ignoreUndefined: true }));
  }

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#onMessage = listener;
  }

  onState(listener: (state: ConnectionState) => void): void {
    this.#onState = listener;
  }

  imageUrl(project: string, image: number, size: number): string {
    return `/image?${imageQuery(project, image, size)}`;
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#retryMs = firstRetryMs;
      this.#onState('open');
    });
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#onMessage(decode(data) as EngineMessage);
    });
    socket.addEventListener('close', () => {
      this.#onState('lost');
      setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(longestRetryMs, 2 * this.#retryMs);
    });
  }
}
